import type { ComponentChildren } from "preact";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { patchThread, reopenThread } from "../actions";
import type { Room } from "../rooms";
import { AgentComposer } from "./agent-composer";

/** Under the messages: where to write, or why one cannot and what to do about it. */
export function Foot({ thread, room }: { thread: Thread; room: Room }) {
  if (thread.blocked) {
    return (
      <Blocked text={t("foot.blocked", { name: thread.name })}>
        <button
          class="button plain"
          type="button"
          onClick={() => void patchThread(thread.room, { blocked: false })}
        >
          {t("unblock")}
        </button>
      </Blocked>
    );
  }
  if (thread.status === "closed") {
    return (
      <Blocked text={t("foot.closed")}>
        <button
          class="button plain"
          type="button"
          data-testid="reopen-button"
          onClick={() => void reopenThread(thread.room)}
        >
          {t("reopen")}
        </button>
      </Blocked>
    );
  }
  return <AgentComposer thread={thread} room={room} />;
}

function Blocked({ text, children }: { text: string; children: ComponentChildren }) {
  return (
    <div class="foot">
      <p>{text}</p>
      {children}
    </div>
  );
}
