import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { ApiError, api } from "../shared/api";
import { type CallHook, openCallHook } from "../shared/calls";
import { type Conversation, openConversation } from "../shared/conversation";
import { type Files, openFiles } from "../shared/files";
import { later } from "../shared/later";
import { type Outbox, openOutbox } from "../shared/outbox";
import { type ChatSocket, connect } from "../shared/socket";
import type {
  Ack,
  HistoryPage,
  HistoryQuery,
  Identity,
  Info,
  Message,
  Sent,
  SessionEvent,
} from "../shared/types";

const connectionTest = later(() => import("../shared/connection-test/part"));

/** The server was reached but the first page was not: asked again. */
const RELOAD_MS = 3_000;

export interface Chat {
  readonly identity: Identity;
  readonly conversation: Conversation;
  readonly outbox: Outbox;
  readonly files: Files;
  readonly calls: CallHook;
  readonly socket: ChatSocket;
  /** null until the server said. */
  readonly agentsOnline: ReadonlySignal<number | null>;
  readonly closed: ReadonlySignal<boolean>;
  readonly blocked: ReadonlySignal<boolean>;
  /** Messages that came while the tab was in the background. */
  readonly unread: ReadonlySignal<number>;
  typing(on: boolean): void;
  seen(upTo: number): void;
  close(): void;
}

interface ChatOptions {
  /** The server knows this visitor no longer. */
  onGone: () => void;
  /** What the business says about itself, once that is known. */
  info: () => Info | null;
  /** A file was refused for its kind: what is known of the kinds may be old. */
  onOldInfo: () => void;
}

/** Everything a running chat consists of, wired together. */
export function openChat(identity: Identity, { onGone, info, onOldInfo }: ChatOptions): Chat {
  const { room, token } = identity;
  const agentsOnline = signal<number | null>(null);
  const closed = signal(false);
  const turnedAway = signal(false);
  const unread = signal(0);
  let seenUpTo = 0;
  let seenSaid = 0;
  let reload: number | undefined;

  const conversation = openConversation({
    room,
    me: "visitor",
    // A blocked visitor gets no socket but may still read what was said.
    history: (query) => (turnedAway.peek() ? fetchHistory(token, query) : socket.emit("history", query)),
  });
  const outbox = openOutbox({
    room,
    send: (message) => socket.emit<Sent>("message", message),
    onSent: conversation.addSent,
  });
  const files = openFiles({
    outbox,
    limits: () => info()?.uploads,
    onRefused: (code) => code === "file_type" && onOldInfo(),
    authorise: async () => ({ Authorization: `Bearer ${token}` }),
  });
  const socket = connect({
    auth: { token },
    lastId: () => (conversation.loaded.peek() ? conversation.lastId() : undefined),
    onOnline: () => void catchUp(),
    onMessage,
    onEdited: conversation.edit,
    onReceipt: conversation.receipt,
    onTyping: conversation.onTyping,
    onPresence: (presence) => {
      if (presence.agents_online !== undefined) agentsOnline.value = presence.agents_online;
    },
    onSession,
    onRefused: (code) => {
      if (code === "token") onGone();
      if (code !== "blocked") return;
      turnedAway.value = true;
      void conversation.loadNewest();
    },
  });

  const calls = openCallHook(socket, {
    me: "visitor",
    allowed: () => info()?.calls ?? "off",
    peerName: () => info()?.business_name ?? "",
    testConnection: () => connectionTest.use((part) => void part.openConnectionTest({ token })),
  });

  async function catchUp(): Promise<void> {
    turnedAway.value = false;
    outbox.flush();
    files.attach.part.peek()?.flush();
    void saySeen();
    clearTimeout(reload);
    // What came since, the server sends by itself; what was changed since, it does not.
    if (!(await conversation.loadNewest()) && !conversation.loaded.peek())
      reload = window.setTimeout(catchUp, RELOAD_MS);
  }

  function onMessage(message: Message): void {
    conversation.add(message);
    if (message.from === "visitor") outbox.confirm(message.client_id);
    else if (document.hidden) unread.value++;
  }

  function onSession(session: SessionEvent): void {
    if (session.deleted) onGone();
    else if (session.status) closed.value = session.status === "closed";
  }

  async function saySeen(): Promise<void> {
    const upTo = seenUpTo;
    if (upTo <= seenSaid) return;
    const ack = await socket.emit("read", { up_to: upTo });
    if (ack.ok) seenSaid = Math.max(seenSaid, upTo);
  }

  const onVisible = () => {
    if (!document.hidden) unread.value = 0;
  };
  document.addEventListener("visibilitychange", onVisible);
  // Trying a refused message again, or dropping it, is how a visitor finds out that he may write again.
  const blocked = computed<boolean>(
    () =>
      turnedAway.value ||
      files.attach.part.value?.blocked.value ||
      outbox.items.value.some(({ state, reason }) => state === "failed" && reason === "blocked"),
  );

  return {
    identity,
    conversation,
    outbox,
    files,
    calls,
    socket,
    agentsOnline,
    closed,
    blocked,
    unread,
    typing: (on) => void socket.emit("typing", { on }),
    seen(upTo) {
      seenUpTo = Math.max(seenUpTo, upTo);
      void saySeen();
    },
    close() {
      clearTimeout(reload);
      document.removeEventListener("visibilitychange", onVisible);
      calls.close();
      files.close();
      outbox.close();
      conversation.close();
      socket.close();
    },
  };
}

async function fetchHistory(token: string, { before, limit }: HistoryQuery): Promise<Ack<HistoryPage>> {
  const query = new URLSearchParams();
  if (before !== undefined) query.set("before", String(before));
  if (limit !== undefined) query.set("limit", String(limit));
  try {
    const page = await api<HistoryPage>("GET", `/api/messages?${query}`, undefined, { token });
    return { ok: true, ...page };
  } catch (error) {
    const code = error instanceof ApiError ? error.code : "internal";
    return { ok: false, code, message: "history" };
  }
}
