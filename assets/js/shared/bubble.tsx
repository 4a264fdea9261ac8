import sent from "icon:check";
import read from "icon:check-check";
import failed from "icon:circle-alert";
import waiting from "icon:clock";
import type { ComponentType } from "preact";
import { Attachment } from "./attachment";
import type { Conversation } from "./conversation";
import { formatMoment, formatTime, has, t } from "./i18n";
import { isOnlyEmoji, linkify } from "./linkify";
import { Quote, ReplyButton } from "./reply";
import type { Entry, Group, SendState } from "./rows";
import { Icon } from "./ui/icon";

const STATE_ICON: Record<SendState, string> = {
  waiting,
  sending: waiting,
  sent,
  delivered: read,
  read,
  failed,
};

interface BubbleProps {
  entry: Entry;
  conversation: Conversation;
  peerName: string;
  mine: boolean;
  first: boolean;
  last: boolean;
}

export function Bubble({ entry, conversation, peerName, mine, first, last }: BubbleProps) {
  const { attached, text } = entry;
  const withText = text !== "" || entry.replyTo !== undefined;
  const look = attached
    ? `with-${attached.kind}`
    : isOnlyEmoji(text) && entry.replyTo === undefined && "emoji";
  const shape = `bubble ${mine ? "mine" : "theirs"} ${first ? "first" : ""} ${last ? "last" : ""}`;
  return (
    <div
      class={`${shape} ${entry.state} ${look || ""}`}
      data-testid="message"
      data-id={entry.id}
      data-from={entry.from}
      data-state={entry.state}
      data-client-id={entry.key}
      dir="auto"
    >
      {entry.replyTo !== undefined && (
        <Quote id={entry.replyTo} conversation={conversation} peerName={peerName} />
      )}
      {attached && (
        <Attachment
          attached={attached}
          entry={entry}
          conversation={conversation}
          peerName={peerName}
          withText={withText}
        />
      )}
      {attached ? text && <p dir="auto">{linked(text)}</p> : linked(text)}
      {entry.id !== undefined && <ReplyButton conversation={conversation} id={entry.id} />}
    </div>
  );
}

const linked = (text: string) =>
  linkify(text).map((piece, index) =>
    piece.href ? (
      <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
        {piece.text}
      </a>
    ) : (
      piece.text
    ),
  );

/** How a page shows where something was written. */
export type ViaMark = ComponentType;

interface MetaProps {
  group: Group;
  /** Who wrote it, when that is worth saying. */
  author: string | undefined;
  via: ViaMark | undefined;
  onRetry: (clientId: string) => void;
  onDiscard: (clientId: string) => void;
}

/** The line below a group: who, when, and how far one's own last message has got. */
export function Meta({ group, author, via: Via, onRetry, onDiscard }: MetaProps) {
  const last = group.entries.at(-1);
  if (!last) return null;
  if (last.state === "failed") return <Failed entry={last} onRetry={onRetry} onDiscard={onDiscard} />;
  return (
    <div class={`meta ${group.mine ? "mine" : ""}`}>
      {author && (
        <>
          <span class="author">{author}</span>
          <span aria-hidden="true">·</span>
        </>
      )}
      <time dateTime={new Date(last.at).toISOString()} title={formatMoment(last.at)}>
        {formatTime(last.at)}
      </time>
      {last.editedAt && (
        <span title={formatMoment(last.editedAt)} data-testid="edited">
          · {t("state.edited")}
        </span>
      )}
      {last.via && Via && <Via />}
      {group.mine && <SendMark state={last.state} />}
    </div>
  );
}

function SendMark({ state }: { state: SendState }) {
  const words = t(`state.${state}`);
  return (
    <span class={`send-mark ${state}`} title={words}>
      <Icon body={STATE_ICON[state]} />
      <span class="visually-hidden">{words}</span>
    </span>
  );
}

function Failed({ entry, onRetry, onDiscard }: { entry: Entry } & Pick<MetaProps, "onRetry" | "onDiscard">) {
  const reason = `refused.${entry.reason}`;
  return (
    <div class="meta mine failed">
      <span class="reason">
        <Icon body={failed} />
        {t("state.failed")}. {/* Whoever is blocked reads it where the field was. */}
        {entry.reason !== "blocked" && has(reason) && t(reason)}
      </span>
      <button type="button" class="text-button" onClick={() => onRetry(entry.key)}>
        {t("state.retry")}
      </button>
      <button type="button" class="text-button quiet" onClick={() => onDiscard(entry.key)}>
        {t("state.discard")}
      </button>
    </div>
  );
}
