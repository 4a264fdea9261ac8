import { computed, effect, signal } from "@preact/signals";
import { type ChatSocket, connect, type Status } from "../shared/socket";
import type { Edit, Message, Presence, Receipt, SessionEvent, Thread, Typing } from "../shared/types";
import { agentId, call, me, signedOut } from "./access";
import { startCalls } from "./calls/hook";
import { notifyOfRings } from "./calls/notify";
import { loadThread, refreshLists } from "./lists";
import { announce } from "./notify/announce";
import { tellOpen, watchOpen } from "./on-screen";
import { forgetReads, markRead, tellReads } from "./reads";
import { flushAll, forgetRoom, forgetRooms, hear, knownRoom, useConnection } from "./rooms";
import { openRoom } from "./route";
import {
  isAnsweredCall,
  withChange,
  withEdit,
  withMessage,
  without,
  withReceipt,
  withThread,
} from "./rules/threads";
import {
  agentsOnline,
  book,
  clearStore,
  isWholeThread,
  missingRoom,
  now,
  settings,
  typingRooms,
} from "./store";
import type { Settings } from "./wire";

const TICK_MS = 15_000;
/** The other side's "typing" is believed this long without a word. */
const TYPING_EXPIRES_MS = 6_000;

const socket = signal<ChatSocket | null>(null);
export const connection = computed<Status>(() => socket.value?.status.value ?? { state: "connecting" });
export const retryNow = (): void => socket.value?.retryNow();

/** The newest message heard live. What an ack or a page tells does not count: others may have spoken in between. */
let heardUpTo: number | undefined;

/** From sign-in to sign-out. */
export function startLive(): () => void {
  heardUpTo = undefined;
  const live = connect({
    auth: { role: "agent" },
    lastId: () => heardUpTo,
    onMessage,
    onEdited,
    onReceipt,
    onTyping,
    onPresence,
    onSession,
    onOnline,
    onRefused: (code) => {
      if (code === "login") signedOut("expired");
    },
  });
  useConnection((event, data) => live.emit(event, data));
  socket.value = live;
  const stopCalls = startCalls(live);
  const stopNotices = notifyOfRings();
  refreshLists();
  void loadSettings();
  const ticking = window.setInterval(() => {
    now.value = Date.now();
  }, TICK_MS);
  const stopOpening = effect(() => {
    const room = openRoom.value;
    if (room) void loadThread(room);
  });
  const stopWatching = watchOpen();
  return () => {
    clearInterval(ticking);
    stopWatching();
    stopOpening();
    stopNotices();
    stopCalls();
    live.close();
    socket.value = null;
    forgetRooms();
    forgetReads();
    clearStore();
  };
}

async function loadSettings(): Promise<void> {
  try {
    settings.value = await call<Settings>("GET", "/api/admin/settings");
  } catch {
    // Asked again after the next reconnect.
  }
}

function onOnline(): void {
  refreshLists();
  void loadSettings();
  flushAll();
  tellReads();
  tellOpen();
  const room = openRoom.peek();
  if (!room) return;
  void loadThread(room);
  void knownRoom(room)?.conversation.loadNewest();
}

function onMessage(message: Message): void {
  const isNew = message.id > (heardUpTo ?? 0);
  heardUpTo = Math.max(heardUpTo ?? 0, message.id);
  hear(message);
  stopTyping(message.room);
  if (!book.value.threads[message.room]) {
    void loadThread(message.room).then(() => announce(message));
    return;
  }
  book.value = withMessage(book.value, message, agentId.value);
  // Whoever talked knows of the call: alone it is nothing new to read.
  const read = book.value.threads[message.room]?.unread === 0;
  if (read && isAnsweredCall(message) && message.author === me.value?.name) {
    markRead(message.room, message.id);
  }
  if (isNew) announce(message);
}

function onEdited(edit: Edit): void {
  knownRoom(edit.room)?.conversation.edit(edit);
  book.value = withEdit(book.value, edit, agentId.value);
}

function onReceipt(receipt: Receipt): void {
  knownRoom(receipt.room)?.conversation.receipt(receipt);
  book.value = withReceipt(book.value, receipt, agentId.value);
}

function onPresence({ room, visitor_online, agents_online }: Presence): void {
  if (agents_online !== undefined) agentsOnline.value = agents_online;
  if (room && visitor_online !== undefined) {
    book.value = withChange(book.value, { room, visitor_online }, agentId.value);
  }
}

function onSession(event: SessionEvent): void {
  if (event.deleted) {
    forgetRoom(event.room);
    book.value = without(book.value, event.room, agentId.value);
    if (openRoom.value === event.room) missingRoom.value = { room: event.room, because: "gone" };
  } else if (isWholeThread(event)) {
    const { event: _, ...thread } = event;
    book.value = withThread(book.value, thread as Thread, agentId.value, false);
  } else if (book.value.threads[event.room]) {
    book.value = withChange(book.value, event, agentId.value);
  } else {
    void loadUnknown(event.room);
  }
}

/** A thread beyond the loaded pages changed: it may have moved between lists, so the counts are asked again. */
async function loadUnknown(room: string): Promise<void> {
  await loadThread(room);
  const thread = book.value.threads[room];
  if (thread) refreshLists();
}

const typingTimers = new Map<string, number>();

function onTyping(typing: Typing): void {
  knownRoom(typing.room)?.conversation.onTyping(typing);
  if (typing.from !== "visitor") return;
  stopTyping(typing.room);
  if (!typing.on) return;
  typingRooms.value = new Set(typingRooms.value).add(typing.room);
  typingTimers.set(
    typing.room,
    window.setTimeout(() => stopTyping(typing.room), TYPING_EXPIRES_MS),
  );
}

function stopTyping(room: string): void {
  clearTimeout(typingTimers.get(room));
  typingTimers.delete(room);
  if (!typingRooms.value.has(room)) return;
  const rest = new Set(typingRooms.value);
  rest.delete(room);
  typingRooms.value = rest;
}
