import arrowLeft from "icon:arrow-left";
import check from "icon:check";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { Avatar } from "../../shared/ui/avatar";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";
import { agentId } from "../access";
import { assignToMe, closeThread } from "../actions";
import { CallButtons } from "../calls/buttons";
import { go, goBack } from "../route";
import { typingRooms } from "../store";
import { besideVisitor } from "../ui/media";
import { ThreadMenu } from "./menu";

export function ConversationHeader({ thread }: { thread: Thread }) {
  const { room, name } = thread;
  const mine = thread.assigned?.id === agentId.value;
  const typing = typingRooms.value.has(room);
  const showVisitor = () => go({ view: "conversation", room, visitor: true });
  return (
    <header class="bar">
      <IconButton
        class="back"
        icon={arrowLeft}
        label={t("back-to-threads")}
        data-testid="back-button"
        onClick={() => goBack({ view: "threads" })}
      />
      <div class="bar-person">
        <Avatar name={name} here={thread.visitor_online || undefined} />
        <div class="bar-text">
          <h2>
            {besideVisitor.value ? (
              name
            ) : (
              <button
                type="button"
                title={t("visitor.show")}
                onClick={showVisitor}
                data-testid="show-visitor"
              >
                {name}
                <span class="visually-hidden">: {t("visitor.show")}</span>
              </button>
            )}
          </h2>
          {typing ? (
            <small class="row-typing">{t("typing.nameless")}</small>
          ) : (
            <small>
              {stateOf(thread)}
              {thread.assigned && (
                <span class="roomy"> · {mine ? t("assigned-you") : thread.assigned.name}</span>
              )}
            </small>
          )}
        </div>
      </div>
      <div class="bar-actions">
        <CallButtons thread={thread} />
        {thread.status === "open" && !mine && (
          <button class="button plain small roomy" type="button" onClick={() => void assignToMe(room)}>
            {t("assign-to-me")}
          </button>
        )}
        {thread.status === "open" && (
          <button
            class="button plain small close-thread"
            type="button"
            title={t("close-thread")}
            data-testid="close-button"
            onClick={() => void closeThread(room)}
          >
            <Icon body={check} />
            <span>{t("close-thread")}</span>
          </button>
        )}
        <ThreadMenu thread={thread} />
      </div>
    </header>
  );
}

function stateOf(thread: Thread): string {
  if (thread.status === "closed") return t("state.closed");
  return t(thread.visitor_online ? "visitor.here" : "visitor.away");
}
