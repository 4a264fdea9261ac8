import { kindOf } from "./conversation";
import { dayNumber } from "./i18n";
import type { OutboxItem } from "./outbox";
import type { Call, Message, Party, Upload } from "./types";

export type SendState = "waiting" | "sending" | "sent" | "delivered" | "read" | "failed";

/** A message or one still on its way, as the thread shows it. */
export interface Entry {
  /** Stays the same when an outbox item becomes a message, so that its bubble stays, too. */
  key: string;
  id?: number;
  from: Message["from"];
  author?: string | undefined;
  /** What an agent used to write it, if not our page; nothing a visitor need know. */
  via?: Message["via"] | undefined;
  text: string;
  /** What came with it; then the text is its caption. */
  attached?: Attached | undefined;
  /** A call that is over. */
  call?: Call | undefined;
  at: number;
  /** When its text was last changed. */
  editedAt?: number | undefined;
  state: SendState;
  reason?: string | undefined;
  /** The message it answers. */
  replyTo?: number | undefined;
}

export type AttachmentKind = "image" | "audio" | "file";
export interface Attached {
  kind: AttachmentKind;
  upload: Upload;
}

/** One side's messages of one minute, with one line of facts below. */
export interface Group {
  key: string;
  mine: boolean;
  entries: Entry[];
}
export type Row =
  | { kind: "day"; key: string; at: number }
  | { kind: "new"; key: string }
  | { kind: "system"; key: string; entry: Entry }
  | { kind: "call"; key: string; entry: Entry }
  | { kind: "group"; key: string; group: Group };

export interface Progress {
  deliveredUpTo: number;
  readUpTo: number;
}

export function toEntries(
  messages: readonly Message[],
  items: readonly OutboxItem[],
  me: Party,
  progress: Progress,
): Entry[] {
  const entries: Entry[] = messages.map((message) => ({
    key: message.client_id,
    id: message.id,
    from: message.from,
    text: message.text ?? "",
    at: message.at,
    editedAt: message.edited_at,
    state: message.from === me ? stateOf(message.id, progress) : "delivered",
    attached: attached(message),
    call: message.call,
    author: message.author,
    via: me === "agent" ? message.via : undefined,
    replyTo: message.reply_to,
  }));
  const known = new Set(entries.map((entry) => entry.key));
  for (const { client_id, text, upload, at, state, reason, reply_to } of items) {
    if (known.has(client_id)) continue;
    entries.push({
      key: client_id,
      from: me,
      text,
      at,
      state,
      reason,
      attached: attached({ kind: kindOf(upload), upload }),
      replyTo: reply_to,
    });
  }
  return entries;
}

/** A kind this page does not know is shown by its text alone. */
function attached({ kind, upload }: Pick<Message, "kind"> & { upload?: Upload | undefined }) {
  const known = kind === "image" || kind === "audio" || kind === "file";
  return known && upload ? { kind, upload } : undefined;
}

function stateOf(id: number, { deliveredUpTo, readUpTo }: Progress): SendState {
  if (id <= readUpTo) return "read";
  return id <= deliveredUpTo ? "delivered" : "sent";
}

/** `firstNew`: the message above which a line says that what follows was not read yet. */
export function toRows(entries: readonly Entry[], me: Party, firstNew?: number): Row[] {
  const rows: Row[] = [];
  let previous: Entry | undefined;
  for (const entry of entries) {
    if (!previous || dayNumber(previous.at) !== dayNumber(entry.at)) {
      rows.push({ kind: "day", key: `day ${entry.key}`, at: entry.at });
      previous = undefined;
    }
    if (entry.id !== undefined && entry.id === firstNew) rows.push({ kind: "new", key: "new" });
    const last = rows.at(-1);
    if (entry.call || entry.from === "system") {
      rows.push({ kind: entry.call ? "call" : "system", key: entry.key, entry });
    } else if (last?.kind === "group" && previous && belongTogether(previous, entry)) {
      last.group.entries.push(entry);
    } else {
      rows.push({
        kind: "group",
        key: entry.key,
        group: { key: entry.key, mine: entry.from === me, entries: [entry] },
      });
    }
    previous = entry;
  }
  return rows;
}

function belongTogether(a: Entry, b: Entry): boolean {
  return (
    a.from === b.from &&
    a.author === b.author &&
    a.via === b.via &&
    // What is said of it stands below it.
    !a.editedAt &&
    // A failed one needs its own line with its own buttons.
    a.state !== "failed" &&
    b.state !== "failed" &&
    Math.floor(a.at / 60_000) === Math.floor(b.at / 60_000)
  );
}
