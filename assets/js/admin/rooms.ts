import { type Conversation, openConversation } from "../shared/conversation";
import { type Files, openFiles } from "../shared/files";
import { type Outbox, openOutbox } from "../shared/outbox";
import { keysWith } from "../shared/storage";
import type { Ack, HistoryPage, Message, Sent } from "../shared/types";
import { agentId, call, changeHeaders, me, signedOut } from "./access";
import { uploadLimits } from "./business";
import { withMessage } from "./rules/threads";
import { book } from "./store";

/** A conversation the agent has looked at in this tab, with what is on its way to it. */
export interface Room {
  conversation: Conversation;
  outbox: Outbox;
  files: Files;
}

const rooms = new Map<string, Room>();

export type Send = <T>(event: string, data: object) => Promise<Ack<T>>;
let send: Send = async () => ({ ok: false, code: "offline", message: "not connected" });

/** The live connection, when there is one. */
export function useConnection(emit: Send): void {
  send = emit;
}

export const emit: Send = (event, data) => send(event, data);

// The visitor page of the same browser keeps its queue beside ours; the agent's name in the key keeps them apart.
const outboxName = (room: string) => `agent-${agentId.value}.${room}`;

export function roomOf(room: string): Room {
  const known = rooms.get(room);
  if (known) return known;
  const conversation = openConversation({
    room,
    me: "agent",
    history: (query) => historyOverHttp(room, query),
  });
  const author = me.value?.name;
  const outbox = openOutbox({
    room: outboxName(room),
    send: (message) => send<Sent>("message", { ...message, room }),
    onSent: (item, sent) => {
      conversation.addSent(item, sent, author);
      const message = conversation.messages.peek().find((one) => one.id === sent.id);
      if (message) book.value = withMessage(book.value, message, agentId.value);
    },
  });
  const files = openFiles({
    outbox,
    limits: () => uploadLimits.value,
    authorise: changeHeaders,
    onRefused: (code) => {
      if (code === "unauthorized") signedOut("expired");
    },
  });
  const opened = { conversation, outbox, files };
  rooms.set(room, opened);
  return opened;
}

/** History comes over HTTP: a conversation opened by its address shows before the socket is up. */
async function historyOverHttp(room: string, query: object): Promise<Ack<HistoryPage>> {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (key !== "room") search.set(key, String(value));
  try {
    const page = await call<HistoryPage>("GET", `/api/admin/sessions/${room}/messages?${search}`);
    return { ok: true, ...page };
  } catch {
    return { ok: false, code: "offline", message: "no answer" };
  }
}

export function hear(message: Message): void {
  const room = rooms.get(message.room);
  if (!room) return;
  room.outbox.confirm(message.client_id);
  room.conversation.add(message);
}

export const knownRoom = (room: string): Room | undefined => rooms.get(room);

/** After a reconnect: send what waits, also in conversations that were open before a reload. */
export function flushAll(): void {
  const prefix = `konusma.outbox.agent-${agentId.value}.`;
  for (const key of keysWith(prefix)) {
    const room = key.slice(prefix.length).split(".")[0];
    if (room) roomOf(room);
  }
  for (const { outbox, files } of rooms.values()) {
    outbox.flush();
    files.attach.part.peek()?.flush();
  }
}

export function forgetRoom(room: string): void {
  const known = rooms.get(room);
  known?.conversation.close();
  known?.files.close();
  known?.outbox.close();
  rooms.delete(room);
}

export function forgetRooms(): void {
  for (const room of [...rooms.keys()]) forgetRoom(room);
}
