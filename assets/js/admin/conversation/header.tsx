import arrowLeft from "icon:arrow-left";
import panelRight from "icon:panel-right";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { Avatar } from "../../shared/ui/avatar";
import { IconButton } from "../../shared/ui/icon-button";
import { agentId } from "../access";
import { assignToMe, closeThread } from "../actions";
import { go, goBack } from "../route";
import { typingRooms } from "../store";
import { ThreadMenu } from "./menu";

export function ConversationHeader({ thread }: { thread: Thread }) {
  const { room, name } = thread;
  const mine = thread.assigned?.id === agentId.value;
  return (
    <header class="bar">
      <IconButton
        class="back"
        icon={arrowLeft}
        label={t("back-to-threads")}
        data-testid="back-button"
        onClick={() => goBack({ view: "threads" })}
      />
      <Avatar name={name} here={thread.visitor_online || undefined} />
      <div class="bar-text">
        <h2>{name}</h2>
        <small>{stateOf(thread)}</small>
      </div>
      <div class="bar-actions">
        {thread.status === "open" && !mine && (
          <button class="button plain small roomy" type="button" onClick={() => void assignToMe(room)}>
            {t("assign-to-me")}
          </button>
        )}
        {thread.status === "open" && (
          <button
            class="button plain small"
            type="button"
            data-testid="close-button"
            onClick={() => void closeThread(room)}
          >
            {t("close-thread")}
          </button>
        )}
        <IconButton
          class="show-visitor"
          icon={panelRight}
          label={t("visitor.show")}
          onClick={() => go({ view: "conversation", room, visitor: true })}
        />
        <ThreadMenu thread={thread} />
      </div>
    </header>
  );
}

function stateOf(thread: Thread): string {
  if (typingRooms.value.has(thread.room)) return t("typing.nameless");
  const presence =
    thread.status === "closed"
      ? t("state.closed")
      : t(thread.visitor_online ? "visitor.here" : "visitor.away");
  if (!thread.assigned) return presence;
  const mine = thread.assigned.id === agentId.value;
  return `${presence} · ${mine ? t("assigned-you") : thread.assigned.name}`;
}
