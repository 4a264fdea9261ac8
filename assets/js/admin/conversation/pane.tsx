import messages from "icon:messages-square";
import unplug from "icon:unplug";
import userX from "icon:user-x";
import { t } from "../../shared/i18n";
import { loadThread } from "../lists";
import { go, openRoom } from "../route";
import { missingRoom, openThread } from "../store";
import { Empty } from "../ui/empty";
import { ConversationSkeleton } from "./skeleton";
import { ConversationView } from "./view";

export function ConversationPane() {
  const room = openRoom.value;
  const thread = openThread.value;
  const missing = missingRoom.value;
  return (
    <section
      class="pane conversation"
      aria-label={t("conversation")}
      data-testid="conversation"
      data-room={room ?? ""}
    >
      {room && thread && <ConversationView key={room} thread={thread} />}
      {room && !thread && missing?.room !== room && <ConversationSkeleton />}
      {room && !thread && missing?.room === room && <Missing room={room} gone={missing.because === "gone"} />}
      {!room && (
        <Empty icon={messages} title={t("conversation.none.title")} text={t("conversation.none.text")} />
      )}
    </section>
  );
}

function Missing({ room, gone }: { room: string; gone: boolean }) {
  return (
    <Empty
      icon={gone ? userX : unplug}
      title={t(gone ? "conversation.gone.title" : "conversation.failed.title")}
      text={t(gone ? "conversation.gone.text" : "conversation.failed.text")}
    >
      {!gone && (
        <button class="button plain" type="button" onClick={() => void loadThread(room)}>
          {t("try-again")}
        </button>
      )}
      <button class="button plain" type="button" onClick={() => go({ view: "threads" }, "replace")}>
        {t("back-to-threads")}
      </button>
    </Empty>
  );
}
