import ban from "icon:ban";
import phone from "icon:phone";
import { iconOf } from "../../shared/attachments/said";
import { t } from "../../shared/i18n";
import type { Hit, Thread } from "../../shared/types";
import { Avatar } from "../../shared/ui/avatar";
import { Icon } from "../../shared/ui/icon";
import { agentId } from "../access";
import { roomOf } from "../rooms";
import { openRoom, openThread } from "../route";
import { excerpt } from "../rules/fold";
import { activityAt } from "../rules/threads";
import { typingRooms } from "../store";
import { RatingFace, ratingWords } from "../ui/rating";
import { Highlight } from "./highlight";
import { LastLine } from "./last-line";
import { When } from "./when";

interface Props {
  thread: Thread;
  hit: Hit | undefined;
  query: string;
}

export function Row({ thread, hit, query }: Props) {
  const { room, name, unread } = thread;
  const current = openRoom.value === room;
  return (
    <li>
      <a
        class={`row ${unread > 0 ? "unread" : ""}`}
        href={`#/${room}`}
        aria-current={current ? "true" : undefined}
        data-testid="thread-row"
        data-room={room}
        data-unread={unread}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          if (hit?.message_id) roomOf(room).conversation.target.value = hit.message_id;
          openThread(room);
        }}
      >
        <Avatar name={name} here={thread.visitor_online || undefined} />
        <span class="row-name">
          <Highlight text={name} query={query} />
          {thread.blocked && <Icon body={ban} />}
          {thread.status === "closed" && thread.rating && (
            <span title={ratingWords(thread.rating)} data-testid="row-rating" data-rating={thread.rating}>
              <RatingFace rating={thread.rating} />
              <span class="visually-hidden">, {ratingWords(thread.rating)}</span>
            </span>
          )}
          {thread.visitor_online && <span class="visually-hidden">, {t("visitor.here")}</span>}
        </span>
        <When at={activityAt(thread)} waitingSince={thread.status === "open" ? thread.waiting_since : null} />
        <span class="row-last">
          <Line thread={thread} hit={hit} query={query} />
        </span>
        {unread > 0 && (
          <span class="badge">
            {t("number", { count: unread })}
            <span class="visually-hidden"> {t("unread")}</span>
          </span>
        )}
        {unread === 0 && thread.assigned && thread.assigned.id !== agentId.value && (
          <span class="row-agent" title={t("assigned-to", { name: thread.assigned.name })}>
            <Avatar name={thread.assigned.name} size="s" />
          </span>
        )}
      </a>
    </li>
  );
}

function Line({ thread, hit, query }: Props) {
  if (hit) {
    const { kind, text } = hit;
    // What finds a call are words for calls, of several languages.
    if (kind === "call") {
      return (
        <>
          <Icon body={phone} class="said-icon" />
          <Highlight text={t("call-log.call")} query={query} />
        </>
      );
    }
    return (
      <>
        {kind && <Icon body={iconOf({ name: text, mime: `${kind}/` })} class="said-icon" />}
        <Highlight text={excerpt(text, query)} query={query} />
      </>
    );
  }
  if (typingRooms.value.has(thread.room)) return <span class="row-typing">{t("typing.nameless")}</span>;
  return <LastLine thread={thread} />;
}
