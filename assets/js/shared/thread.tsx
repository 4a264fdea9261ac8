import arrowDown from "icon:chevron-down";
import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Announcer } from "./announcer";
import { CallLine } from "./attachment";
import { Bubble, Meta, type ViaMark } from "./bubble";
import type { Conversation } from "./conversation";
import { formatDay, t } from "./i18n";
import type { Outbox } from "./outbox";
import { pickOnTap } from "./reply";
import { type Entry, type Row, toEntries, toRows } from "./rows";
import { systemText } from "./system-text";
import type { CallMedia } from "./types";
import { Icon } from "./ui/icon";
import { useFirstNew } from "./use-first-new";
import { useSeen } from "./use-seen";
import { useOpening, useTarget } from "./use-target";
import { useThreadScroll } from "./use-thread-scroll";

export interface ThreadProps {
  /** Give `<Thread key={conversation.room}>` when the page changes rooms. */
  conversation: Conversation;
  outbox?: Outbox;
  /** Shown above the very first message: greeting, facts. */
  intro?: ComponentChildren;
  /** The other side's name where messages carry none (the visitor's, on the agent's page). */
  peerName?: string;
  /** This agent's name: messages of other agents then say whose they are. */
  ownName?: string;
  /** What is on its way but no message yet, after the last one. */
  pending?: ComponentChildren;
  /** How far this side had read when the thread was opened: a line marks where the new messages begin. */
  readUpTo?: number;
  /** Newest message of the other side that was on screen in a visible tab. Called once per id. */
  onSeen?: (upTo: number) => void;
  /** Given while a call is possible: missed ones then offer it. */
  onCall?: ((media: CallMedia) => void) | undefined;
  /** What stands below a line of the system's. */
  below?: (line: Entry) => ComponentChildren;
  /** Given where it matters what an agent has written with. */
  via?: ViaMark | undefined;
}

/** The message view of both pages. */
export function Thread({
  conversation,
  outbox,
  intro,
  peerName = "",
  ownName,
  pending,
  readUpTo,
  onSeen,
  onCall,
  below,
  via,
}: ThreadProps) {
  const { me, messages, loaded, hasOlder, loadingOlder, typing } = conversation;
  const { deliveredUpTo, readUpTo: peerReadUpTo, ownReadUpTo } = conversation;
  const entries = useComputed(() => {
    const progress = { deliveredUpTo: deliveredUpTo.value, readUpTo: peerReadUpTo.value };
    return toEntries(messages.value, outbox?.items.value ?? [], me, progress);
  });
  const firstNew = useFirstNew(conversation, readUpTo);
  const rows = useComputed(() => toRows(entries.value, me, firstNew.value));
  const lastCall = rows.value.findLast(({ kind }) => kind === "call");
  const { box, atEnd, toEnd, toElement, onScroll } = useThreadScroll({
    entries: entries.value,
    loaded: loaded.value,
    typing: typing.value !== null,
    introduced: !!intro,
    // With a line to begin at, it first has to be known where that is.
    fromEnd: readUpTo === undefined && conversation.target.peek() === null,
    onNearStart: () => void conversation.loadOlder(),
  });
  useOpening({ conversation, box, atEnd, toEnd, toElement });
  useTarget({ conversation, box, atEnd, toEnd, toElement });
  const seen = useSeen(conversation, atEnd, onSeen);
  const unseen = useComputed(
    () =>
      messages.value.filter(
        ({ id, from }) => id > Math.max(seen.value, ownReadUpTo.value) && from !== me && from !== "system",
      ).length,
  );

  return (
    <div class="thread-frame">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a tap shows what keys reach by Alt+↑ in the field */}
      <div
        class="thread"
        ref={box}
        role="log"
        aria-live="off"
        aria-label={t("thread.label")}
        aria-busy={!loaded.value}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        data-testid="thread"
        onScroll={onScroll}
        onClick={pickOnTap}
      >
        {!loaded.value && entries.value.length === 0 && <ThreadSkeleton />}
        {loaded.value && hasOlder.value && <Older loading={loadingOlder.value} />}
        {loaded.value && !hasOlder.value && intro}
        {rows.value.map((row) => (
          <RowView
            key={row.key}
            row={row}
            conversation={conversation}
            outbox={outbox}
            ownName={ownName}
            peerName={peerName}
            // Of many, only the last one still waits.
            onCall={row === lastCall ? onCall : undefined}
            below={below}
            via={via}
          />
        ))}
        {pending}
        {typing.value !== null && <TypingDots name={typing.value || peerName} />}
      </div>
      {loaded.value && !atEnd.value && <JumpToLatest count={unseen.value} onClick={() => toEnd(true)} />}
      <Announcer conversation={conversation} peerName={peerName} />
    </div>
  );
}

interface RowProps {
  row: Row;
  conversation: Conversation;
  outbox: Outbox | undefined;
  ownName: string | undefined;
  peerName: string;
  onCall: ThreadProps["onCall"];
  below: ThreadProps["below"];
  via: ThreadProps["via"];
}

function RowView({ row, conversation, outbox, ownName, peerName, onCall, below, via }: RowProps) {
  if (row.kind === "day") {
    return (
      <div class="day">
        <span>{formatDay(row.at)}</span>
      </div>
    );
  }
  if (row.kind === "new") {
    return (
      <div class="day new" data-testid="new-messages">
        <span>{t("thread.new")}</span>
      </div>
    );
  }
  if (row.kind === "system") {
    const { key, id, text, author } = row.entry;
    return (
      <>
        <div class="system-line" data-testid="message" data-id={id} data-from="system" data-client-id={key}>
          {systemText(text, author)}
        </div>
        {below?.(row.entry)}
      </>
    );
  }
  if (row.kind === "call") {
    const mine = row.entry.from === conversation.me;
    return <CallLine entry={row.entry} mine={mine} ownName={ownName} peerName={peerName} onCall={onCall} />;
  }
  const { mine, entries } = row.group;
  const writer = entries[0]?.author ?? (mine ? undefined : peerName);
  return (
    <div class={`group ${mine ? "mine" : "theirs"}`}>
      {entries.map((entry, index) => (
        <Bubble
          key={entry.key}
          entry={entry}
          conversation={conversation}
          peerName={peerName}
          mine={mine}
          first={index === 0}
          last={index === entries.length - 1}
        />
      ))}
      <Meta
        group={row.group}
        author={mine && writer === ownName ? undefined : writer}
        via={via}
        onRetry={(clientId) => outbox?.retry(clientId)}
        onDiscard={(clientId) => outbox?.discard(clientId)}
      />
    </div>
  );
}

function TypingDots({ name }: { name: string }) {
  const words = name ? t("typing", { name }) : t("typing.nameless");
  return (
    <div class="typing" data-testid="typing" role="img" aria-label={words}>
      <i />
      <i />
      <i />
    </div>
  );
}

function JumpToLatest({ count, onClick }: { count: number; onClick: () => void }) {
  const label = count > 0 ? t("thread.latest-count", { count }) : t("thread.latest");
  return (
    <button
      type="button"
      class="jump"
      data-testid="jump-latest"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Icon body={arrowDown} />
      {count > 0 && <span class="badge">{count > 99 ? "99+" : count}</span>}
    </button>
  );
}

/** Takes its room before anything loads, so that nothing moves when it does. */
function Older({ loading }: { loading: boolean }) {
  return (
    <div class="older">
      {loading && (
        <span class="spinner" role="status" aria-label={t("thread.older")} data-testid="older-loading" />
      )}
    </div>
  );
}

function ThreadSkeleton() {
  return (
    <div class="thread-skeleton" role="status" aria-label={t("thread.loading")}>
      <span class="theirs" />
      <span class="theirs short" />
      <span class="mine" />
      <span class="theirs" />
      <span class="mine short" />
    </div>
  );
}
