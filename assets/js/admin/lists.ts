import { ApiError } from "../shared/api";
import type { Thread } from "../shared/types";
import { agentId, call } from "./access";
import { fold } from "./rules/fold";
import { type Counts, FILTERS, type Filter, type Page, withPage, withThread } from "./rules/threads";
import { book, filter, found, lists, loadingMore, missingRoom } from "./store";

const PAGE = 30;
const SEARCH_DELAY_MS = 180;

type Query = Record<string, string | number | null | undefined>;

function sessions(query: Query): Promise<Page> {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) search.set(key, String(value));
  return call<Page>("GET", `/api/admin/sessions?${search}`);
}

/** Where the next page of a list begins; kept beside the store because nothing shows it. */
const cursors = new Map<Filter, string | null>();

/** Loads the first page of a list, also again after a reconnect, when things happened unheard. */
export async function loadList(which: Filter = filter.value): Promise<void> {
  if (lists.value[which] !== "ready") lists.value = { ...lists.value, [which]: "loading" };
  const asked = book.value;
  try {
    const page = await sessions({ status: which, limit: PAGE });
    cursors.set(which, page.next);
    const moved = !sameCounts(book.value.counts, asked.counts);
    book.value = withPage(book.value, asked, which, page, true, agentId.value);
    lists.value = { ...lists.value, [which]: "ready" };
    if (moved) countAgain();
  } catch {
    if (lists.value[which] !== "ready") lists.value = { ...lists.value, [which]: "failed" };
  }
}

const COUNT_AGAIN_MS = 1_000;
let countTimer: number | undefined;

/** A thread moved between lists while the server counted: whether it was counted in is unknown. */
function countAgain(): void {
  clearTimeout(countTimer);
  countTimer = window.setTimeout(() => void loadCounts(), COUNT_AGAIN_MS);
}

async function loadCounts(): Promise<void> {
  try {
    const { counts } = await sessions({ status: filter.value, limit: 1 });
    book.value = { ...book.value, counts };
  } catch {
    // The next page brings them.
  }
}

const sameCounts = (a: Counts | null, b: Counts | null): boolean =>
  a === null || b === null || FILTERS.every((which) => a[which] === b[which]);

export function showList(which: Filter): void {
  filter.value = which;
  if (lists.value[which] !== "ready") void loadList(which);
}

/** Forgets the pages of the lists that are not shown: they are loaded again when somebody looks. */
export function refreshLists(): void {
  lists.value = { [filter.value]: lists.value[filter.value] ?? "loading" };
  void loadList();
}

export const hasMore = (): boolean => Boolean(found.value ? found.value.next : cursors.get(filter.value));

export async function loadMore(): Promise<void> {
  if (loadingMore.value || !hasMore()) return;
  loadingMore.value = true;
  try {
    if (found.value) await searchMore();
    else await listMore(filter.value);
  } catch {
    // The row at the end stays and tries again when it comes into view.
  }
  loadingMore.value = false;
}

async function listMore(which: Filter): Promise<void> {
  const asked = book.value;
  const page = await sessions({ status: which, limit: PAGE, before: cursors.get(which) });
  cursors.set(which, page.next);
  book.value = withPage(book.value, asked, which, page, false, agentId.value);
}

let searchTimer: number | undefined;

/** Searches as the agent types, in all threads. An answer to an older question is dropped. */
export function search(query: string): void {
  clearTimeout(searchTimer);
  if (fold(query.trim()) === "") {
    found.value = null;
    return;
  }
  const before = found.value;
  found.value = { query, state: "loading", hits: before?.hits ?? [], next: null };
  searchTimer = window.setTimeout(() => void runSearch(query), SEARCH_DELAY_MS);
}

async function runSearch(query: string): Promise<void> {
  try {
    const page = await sessions({ status: "all", q: query.trim(), limit: PAGE });
    if (found.value?.query !== query) return;
    keepAll(page.sessions);
    found.value = { query, state: "ready", hits: hitsOf(page), next: page.next };
  } catch {
    if (found.value?.query === query) found.value = { ...found.value, state: "failed" };
  }
}

async function searchMore(): Promise<void> {
  const at = found.value;
  if (!at) return;
  const page = await sessions({ status: "all", q: at.query.trim(), limit: PAGE, before: at.next });
  if (found.value?.query !== at.query) return;
  keepAll(page.sessions);
  found.value = { ...at, hits: [...at.hits, ...hitsOf(page)], next: page.next };
}

const hitsOf = (page: Page) => page.sessions.map(({ room, hit }) => ({ room, hit }));

function keepAll(threads: Thread[]): void {
  let next = book.value;
  for (const { hit: _, ...thread } of threads) next = withThread(next, thread, agentId.value, true);
  book.value = next;
}

/** Reads one thread whole: opened by its address, or heard of for the first time. */
export async function loadThread(room: string): Promise<void> {
  try {
    const thread = await call<Thread>("GET", `/api/admin/sessions/${room}`);
    book.value = withThread(book.value, thread, agentId.value, true);
    if (missingRoom.value?.room === room) missingRoom.value = null;
  } catch (error) {
    const gone = error instanceof ApiError && error.status === 404;
    if (!book.value.threads[room]) missingRoom.value = { room, because: gone ? "gone" : "failed" };
  }
}
