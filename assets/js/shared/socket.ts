import { type ReadonlySignal, signal } from "@preact/signals";
import { Manager, type Socket } from "socket.io-client";
import { nextDelay } from "./backoff";
import type { Ack, Edit, Message, Presence, Receipt, SessionEvent, Typing } from "./types";

/** Longer than any healthy answer; after it the connection itself is in doubt. */
export const ACK_TIMEOUT_MS = 10_000;
/** A tab hidden for longer may hold a connection the network dropped without a word. */
const PROBE_AFTER_HIDDEN_MS = 10_000;
const PROBE_TIMEOUT_MS = 4_000;

export type Status =
  | { state: "connecting" }
  | { state: "online" }
  /** `retryAt`: when the next try starts. */
  | { state: "offline"; retryAt: number }
  /** The server does not want this client; trying again would not help. `code`: token, login, blocked, … */
  | { state: "refused"; code: string };

export interface ConnectOptions {
  /** The CONNECT's auth, without `last_id`. */
  auth: object;
  /** The newest message id this client has: the server sends what follows it right after CONNECT. */
  lastId?: () => number | undefined;
  onMessage?: (message: Message) => void;
  onEdited?: (edit: Edit) => void;
  onReceipt?: (receipt: Receipt) => void;
  onTyping?: (typing: Typing) => void;
  onPresence?: (presence: Presence) => void;
  onSession?: (session: SessionEvent) => void;
  /** After every successful CONNECT, before any event. */
  onOnline?: () => void;
  onRefused?: (code: string) => void;
}

export interface ChatSocket {
  readonly status: ReadonlySignal<Status>;
  /** Sends one event; answers the ack. Offline or unanswered in time: `{ok: false, code: "offline" | "timeout"}`. */
  emit<T = object>(event: string, data: object): Promise<Ack<T>>;
  /** Another namespace with the same auth. It comes and goes with this one, over the same connection. */
  beside(namespace: string): Socket;
  /** Whether anybody is at the other end: starts over when not. */
  probe(): Promise<void>;
  retryNow(): void;
  close(): void;
}

/** Sends one event; never fails but by its answer. */
export async function ask<T = object>(
  socket: Socket,
  event: string,
  data: object,
  timeoutMs = ACK_TIMEOUT_MS,
): Promise<Ack<T>> {
  if (!socket.connected) return { ok: false, code: "offline", message: "not connected" };
  try {
    return (await socket.timeout(timeoutMs).emitWithAck(event, data)) as Ack<T>;
  } catch {
    return { ok: false, code: "timeout", message: "no answer" };
  }
}

/** One connection to /chat that keeps itself alive until `close()`. */
export function connect(options: ConnectOptions): ChatSocket {
  const status = signal<Status>({ state: "connecting" });
  let failures = 0;
  let timer: number | undefined;
  let hiddenSince = 0;
  let closed = false;

  const manager = new Manager({
    // It puts the brackets of an IPv6 address back itself.
    hostname: location.hostname.replace(/^\[|\]$/g, ""),
    port: location.port,
    secure: location.protocol === "https:",
    path: "/socket.io/",
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    // The countdown people see needs the time of the next try, which the library's own timer does not tell.
    reconnection: false,
    autoConnect: false,
    withCredentials: true,
  });
  const socket = manager.socket("/chat", {
    auth: (give) => {
      const lastId = options.lastId?.();
      give(lastId === undefined ? options.auth : { ...options.auth, last_id: lastId });
    },
  });
  const others: Socket[] = [];

  function open(): void {
    clearTimeout(timer);
    status.value = { state: "connecting" };
    socket.connect();
  }

  function retryLater(atLeastMs = 0): void {
    if (closed || status.value.state === "refused") return;
    clearTimeout(timer);
    const delay = Math.max(atLeastMs, nextDelay(failures++));
    status.value = { state: "offline", retryAt: Date.now() + delay };
    timer = window.setTimeout(open, delay);
  }

  function retryNow(): void {
    if (status.value.state === "offline") open();
  }

  /** The transport may be dead without knowing it: start over rather than wait for the ping to fail. */
  async function probe(): Promise<void> {
    if (!socket.connected) return retryNow();
    // Any answer proves the connection, even a refusal.
    const ack = await ask(socket, "typing", { on: false }, PROBE_TIMEOUT_MS);
    if (ack.ok || ack.code !== "timeout" || closed) return;
    disconnect();
    open();
  }

  function disconnect(): void {
    for (const one of [socket, ...others]) one.disconnect();
  }

  /** What lost its place while the connection went on. */
  function joinOthers(): void {
    for (const one of others) if (socket.connected && !one.active) one.connect();
  }

  socket.on("connect", () => {
    failures = 0;
    status.value = { state: "online" };
    options.onOnline?.();
    joinOthers();
  });
  socket.on("disconnect", (reason) => {
    if (reason !== "io client disconnect") retryLater();
  });
  socket.on("connect_error", (error: Error & { data?: { code?: string; retry_after_ms?: number } }) => {
    const code = error.data?.code;
    // Without a code it is the network; these two pass by themselves.
    if (!code || code === "rate_limited" || code === "busy") {
      retryLater(error.data?.retry_after_ms);
      return;
    }
    status.value = { state: "refused", code };
    options.onRefused?.(code);
  });
  if (options.onMessage) socket.on("message", options.onMessage);
  if (options.onEdited) socket.on("edited", options.onEdited);
  if (options.onReceipt) socket.on("receipt", options.onReceipt);
  if (options.onTyping) socket.on("typing", options.onTyping);
  if (options.onPresence) socket.on("presence", options.onPresence);
  if (options.onSession) socket.on("session", options.onSession);

  function onVisibility(): void {
    if (document.hidden) {
      hiddenSince = Date.now();
      return;
    }
    retryNow();
    if (Date.now() - hiddenSince >= PROBE_AFTER_HIDDEN_MS) void probe();
  }
  const stop = new AbortController();
  document.addEventListener("visibilitychange", onVisibility, { signal: stop.signal });
  window.addEventListener("online", retryNow, { signal: stop.signal });
  open();

  return {
    status,
    emit: (event, data) => ask(socket, event, data),
    beside(namespace) {
      const one = manager.socket(namespace, { auth: options.auth as Record<string, unknown> });
      one.on("connect_error", (error: Error & { data?: { retry_after_ms?: number } }) => {
        const wait = error.data?.retry_after_ms;
        if (wait) setTimeout(joinOthers, wait);
      });
      others.push(one);
      joinOthers();
      return one;
    },
    probe,
    retryNow,
    close() {
      closed = true;
      clearTimeout(timer);
      stop.abort();
      disconnect();
    },
  };
}
