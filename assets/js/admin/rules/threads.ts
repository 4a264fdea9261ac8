import type { Edit, Message, Receipt, SessionEvent, Thread } from "../../shared/types";

export const FILTERS = ["open", "mine", "closed"] as const;
export type Filter = (typeof FILTERS)[number];
export type Counts = Record<Filter, number>;

/**
 * All threads this browser knows. A list is not stored but selected: the threads that match a filter and are not
 * older than its horizon, which is as far as pages were loaded (null: to the very end, undefined: not at all).
 */
export interface ThreadBook {
  threads: Readonly<Record<string, Thread>>;
  counts: Counts | null;
  horizons: Readonly<Partial<Record<Filter, number | null>>>;
}

export const emptyBook: ThreadBook = { threads: {}, counts: null, horizons: {} };

export const activityAt = (thread: Thread): number =>
  thread.active_at ?? thread.last?.at ?? thread.created_at;

export function matches(thread: Thread, filter: Filter, agentId: number): boolean {
  if (filter === "closed") return thread.status === "closed";
  return thread.status === "open" && (filter === "open" || thread.assigned?.id === agentId);
}

export function threadsFor(book: ThreadBook, filter: Filter, agentId: number): Thread[] {
  const horizon = book.horizons[filter];
  if (horizon === undefined) return [];
  return Object.values(book.threads)
    .filter(
      (thread) => matches(thread, filter, agentId) && (horizon === null || activityAt(thread) >= horizon),
    )
    .sort((a, b) => activityAt(b) - activityAt(a) || (a.room < b.room ? -1 : 1));
}

export function unreadTotal(book: ThreadBook): number {
  return Object.values(book.threads).reduce((sum, thread) => sum + (thread.blocked ? 0 : thread.unread), 0);
}

function recount(
  counts: Counts | null,
  before: Thread | undefined,
  after: Thread | undefined,
  agentId: number,
) {
  if (!counts) return null;
  const next = { ...counts };
  for (const filter of FILTERS) {
    if (before && matches(before, filter, agentId)) next[filter] = Math.max(0, next[filter] - 1);
    if (after && matches(after, filter, agentId)) next[filter] += 1;
  }
  return next;
}

const lastId = (thread: Thread): number => thread.last?.id ?? 0;

/** An answer may have been written before a message that has arrived since: what that message changed stays. */
function freshest(before: Thread | undefined, answer: Thread): Thread {
  if (!before) return answer;
  const { last, active_at, unread, waiting_since, earlier } = before;
  const { visitor_delivered_up_to, visitor_read_up_to, agent_read_up_to } = before;
  const kept = earlier !== undefined && answer.earlier === undefined ? { earlier } : {};
  if (lastId(before) <= lastId(answer)) return { ...answer, ...kept };
  const receipts = { visitor_delivered_up_to, visitor_read_up_to, agent_read_up_to };
  const at = active_at === undefined ? {} : { active_at };
  return { ...answer, ...kept, last, unread, waiting_since, ...receipts, ...at };
}

/** Puts a whole thread in. `counted`: the server's counts already know it, as with a page or a single read. */
export function withThread(book: ThreadBook, answer: Thread, agentId: number, counted: boolean): ThreadBook {
  const before = book.threads[answer.room];
  const thread = freshest(before, answer);
  const counts = before || !counted ? recount(book.counts, before, thread, agentId) : book.counts;
  return { ...book, counts, threads: { ...book.threads, [thread.room]: thread } };
}

export interface Page {
  sessions: Thread[];
  next: string | null;
  counts: Counts;
}

/**
 * Takes a page of a list. `asked` is the book as it was when the page was asked for: a thread that changed while the
 * answer was under way is better known here. The first page also says what no longer belongs: a known thread that is
 * newer than the page's end but missing from it left the filter while nobody was listening, so it is forgotten.
 */
export function withPage(
  book: ThreadBook,
  asked: ThreadBook,
  filter: Filter,
  page: Page,
  first: boolean,
  agentId: number,
): ThreadBook {
  const threads = { ...book.threads };
  const oldest = page.sessions.at(-1);
  const horizon = page.next === null || !oldest ? null : activityAt(oldest);
  const untouched = (room: string) => book.threads[room] === asked.threads[room];
  if (first) {
    const listed = new Set(page.sessions.map((thread) => thread.room));
    for (const thread of Object.values(book.threads)) {
      const inside = horizon === null || activityAt(thread) >= horizon;
      const left = inside && !listed.has(thread.room) && matches(thread, filter, agentId);
      if (left && untouched(thread.room)) delete threads[thread.room];
    }
  }
  for (const { hit: _, ...thread } of page.sessions) {
    if (untouched(thread.room)) threads[thread.room] = freshest(book.threads[thread.room], thread);
  }
  return { threads, counts: page.counts, horizons: { ...book.horizons, [filter]: horizon } };
}

/** A `session` event about a known thread. */
export function withChange(book: ThreadBook, change: SessionEvent, agentId: number): ThreadBook {
  const before = book.threads[change.room];
  if (!before) return book;
  const { event: _, deleted: __, ...fields } = change;
  return withThread(book, { ...before, ...fields }, agentId, false);
}

export function without(book: ThreadBook, room: string, agentId: number): ThreadBook {
  const { [room]: gone, ...threads } = book.threads;
  return gone ? { ...book, threads, counts: recount(book.counts, gone, undefined, agentId) } : book;
}

/** A call that somebody took is dealt with; one that nobody took waits like a message. */
export const isAnsweredCall = ({ from, call, author }: Message): boolean =>
  call !== undefined && (from === "visitor" ? author !== undefined : call.duration_ms > 0);

/** A message that just happened. One that is not newer than the thread's last was seen before. */
export function withMessage(book: ThreadBook, message: Message, agentId: number): ThreadBook {
  const before = book.threads[message.room];
  if (!before || (before.last && before.last.id >= message.id)) return book;
  const after: Thread = { ...before, last: message, active_at: message.at };
  if (message.call && (message.from === "agent" || isAnsweredCall(message))) {
    if (isAnsweredCall(message)) after.waiting_since = null;
  } else if (message.from === "visitor") {
    after.status = "open";
    after.unread = before.unread + 1;
    after.waiting_since = before.waiting_since ?? message.at;
    after.visitor_delivered_up_to = message.id;
    after.visitor_read_up_to = message.id;
  } else if (message.from === "agent") {
    after.waiting_since = null;
  }
  return withThread(book, after, agentId, false);
}

/** The list shows a thread's last message as it reads now. */
export function withEdit(book: ThreadBook, edit: Edit, agentId: number): ThreadBook {
  const before = book.threads[edit.room];
  if (before?.last?.id !== edit.id) return book;
  const { text, edited_at } = edit;
  return withThread(book, { ...before, last: { ...before.last, text, edited_at } }, agentId, false);
}

export function withReceipt(book: ThreadBook, receipt: Receipt, agentId: number): ThreadBook {
  const before = book.threads[receipt.room];
  if (!before) return book;
  const after: Thread = { ...before };
  const read = receipt.read_up_to ?? 0;
  if (receipt.by === "visitor") {
    after.visitor_read_up_to = Math.max(before.visitor_read_up_to, read);
    after.visitor_delivered_up_to = Math.max(
      before.visitor_delivered_up_to,
      receipt.delivered_up_to ?? 0,
      read,
    );
  } else {
    after.agent_read_up_to = Math.max(before.agent_read_up_to, read);
    if (before.last && after.agent_read_up_to >= before.last.id) after.unread = 0;
  }
  return withThread(book, after, agentId, false);
}
