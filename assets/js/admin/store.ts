import { computed, signal } from "@preact/signals";
import { load, save } from "../shared/storage";
import type { Hit, SessionEvent } from "../shared/types";
import { agentId } from "./access";
import { openRoom } from "./route";
import { emptyBook, type Filter, threadsFor, unreadTotal } from "./rules/threads";
import type { Settings, Telegram } from "./wire";

/** Everything the panel shows, in one place. Changed by `live.ts` (the server speaks) and `actions.ts` (the agent acts). */

export type Loading = "loading" | "ready" | "failed";

export const book = signal(emptyBook);
export const filter = signal<Filter>("open");
/** State of the first page of each list. */
export const lists = signal<Partial<Record<Filter, Loading>>>({});
export const loadingMore = signal(false);

export interface Found {
  query: string;
  state: Loading;
  hits: { room: string; hit: Hit | undefined }[];
  next: string | null;
}
/** Null while nothing is searched. */
export const found = signal<Found | null>(null);

export const settings = signal<Settings | null>(null);
/** As last heard; only who looks at it asks. */
export const telegram = signal<Telegram | null>(null);
export const agentsOnline = signal(0);
/** Rooms whose visitor is typing. */
export const typingRooms = signal<ReadonlySet<string>>(new Set());
/** A room that cannot be shown, with the reason. */
export const missingRoom = signal<{ room: string; because: "gone" | "failed" } | null>(null);
/** Advances now and then, so that waiting times grow on their own. */
export const now = signal(Date.now());

export const shownThreads = computed(() => threadsFor(book.value, filter.value, agentId.value));
export const openThread = computed(() => (openRoom.value ? book.value.threads[openRoom.value] : undefined));
export const unread = computed(() => unreadTotal(book.value));
export const lateAfterMs = computed(() => settings.value?.late_after_ms ?? 300_000);

const SOUND_KEY = "konusma.agent.sound";
export const soundOn = signal(load(SOUND_KEY) !== "off");
soundOn.subscribe((on) => save(SOUND_KEY, on ? "on" : "off"));

/** Forgets all people when an agent leaves. Drafts stay: they belong to the browser's storage. */
export function clearStore(): void {
  book.value = emptyBook;
  lists.value = {};
  found.value = null;
  settings.value = null;
  telegram.value = null;
  typingRooms.value = new Set();
  missingRoom.value = null;
  filter.value = "open";
}

export const isWholeThread = (event: SessionEvent): boolean =>
  event.event === "new" && event.created_at !== undefined;
