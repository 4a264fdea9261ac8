import { type ReadonlySignal, signal } from "@preact/signals";
import { nextDelay } from "./backoff";
import { forget, keysWith, load, save } from "./storage";
import type { Ack, OutgoingMessage, Sent, Upload } from "./types";

export interface OutboxItem {
  client_id: string;
  /** Beside an upload its caption, which may be empty. */
  text: string;
  /** A file the server has already; this message brings it into the chat. */
  upload?: Upload;
  reply_to?: number;
  /** When the person pressed Send. */
  at: number;
  state: "waiting" | "sending" | "failed";
  /** The refusal's code, when failed: `t("refused." + code)` says it in words. */
  reason?: string;
}

export interface OutboxOptions {
  room: string;
  /** Usually `(m) => socket.emit("message", m)`. */
  send: (message: OutgoingMessage) => Promise<Ack<Sent>>;
  /** The server has it on disk. */
  onSent: (item: OutboxItem, sent: Sent) => void;
}

export interface Outbox {
  /** In the order they were written; sent ones have left it. */
  readonly items: ReadonlySignal<readonly OutboxItem[]>;
  add(text: string, replyTo?: number, upload?: Upload): OutboxItem;
  retry(clientId: string): void;
  discard(clientId: string): void;
  /** The connection is (back) up: send what waits. */
  flush(): void;
  /** A message of ours came back by another way (another tab sent it). */
  confirm(clientId: string): void;
  close(): void;
}

/** These pass by themselves; every other refusal is for a person to decide. */
const PASSING = new Set(["rate_limited", "busy", "storage", "timeout"]);

/**
 * Messages on their way to one room, in order, one at a time. Each is kept in localStorage until the
 * server has it, under a key of its own, so that tabs never overwrite each other's list. Tabs may both
 * send one: its client_id makes that harmless.
 */
export function openOutbox({ room, send, onSent }: OutboxOptions): Outbox {
  const prefix = `konusma.outbox.${room}.`;
  const items = signal<readonly OutboxItem[]>(readAll(prefix));
  let busy = false;
  let failures = 0;
  let timer: number | undefined;
  let closed = false;

  const find = (clientId: string) => items.value.find((item) => item.client_id === clientId);
  const update = (clientId: string, change: Partial<OutboxItem>) => {
    items.value = items.value.map((item) => (item.client_id === clientId ? { ...item, ...change } : item));
    const item = find(clientId);
    if (item) save(prefix + clientId, JSON.stringify(item));
  };
  const remove = (clientId: string) => {
    forget(prefix + clientId);
    items.value = items.value.filter((item) => item.client_id !== clientId);
  };

  async function flush(): Promise<void> {
    if (busy || closed) return;
    clearTimeout(timer);
    busy = true;
    for (let item = nextOf(items.value); item && !closed; item = nextOf(items.value)) {
      if (!(await deliver(item))) break;
    }
    busy = false;
  }

  /** Answers whether to go on with the next one. */
  async function deliver(item: OutboxItem): Promise<boolean> {
    const { client_id, text, upload, reply_to } = item;
    update(client_id, { state: "sending" });
    const ack = await send({
      client_id,
      ...(text && { text }),
      ...(upload && { upload_id: upload.id }),
      ...(reply_to === undefined ? {} : { reply_to }),
    });
    if (ack.ok) {
      failures = 0;
      remove(client_id);
      onSent(item, { id: ack.id, at: ack.at });
      return true;
    }
    if (!find(client_id)) return true;
    if (ack.code === "offline") {
      update(client_id, { state: "waiting" });
      return false;
    }
    if (PASSING.has(ack.code)) {
      update(client_id, { state: "waiting" });
      if (!closed) timer = window.setTimeout(flush, ack.retry_after_ms ?? nextDelay(failures++));
      return false;
    }
    update(client_id, { state: "failed", reason: ack.code });
    return true;
  }

  function onStorage(event: StorageEvent): void {
    if (!event.key?.startsWith(prefix) || event.newValue !== null) return;
    // Another tab sent or discarded it.
    const clientId = event.key.slice(prefix.length);
    if (find(clientId)?.state !== "sending") remove(clientId);
  }
  window.addEventListener("storage", onStorage);

  return {
    items,
    add(text, replyTo, upload) {
      const item: OutboxItem = {
        client_id: newClientId(),
        text,
        // Strictly growing: it is what the order is restored by after a reload.
        at: Math.max(Date.now(), (items.value.at(-1)?.at ?? 0) + 1),
        state: "waiting",
        ...(upload && { upload }),
        ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      };
      save(prefix + item.client_id, JSON.stringify(item));
      items.value = [...items.value, item];
      void flush();
      return item;
    },
    retry(clientId) {
      const item = find(clientId);
      if (item?.state !== "failed") return;
      update(clientId, { state: "waiting" });
      void flush();
    },
    discard: remove,
    flush: () => void flush(),
    confirm(clientId) {
      if (find(clientId)) remove(clientId);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener("storage", onStorage);
    },
  };
}

/** Forgets what waits for a room: the room is gone. */
export function forgetOutbox(room: string): void {
  for (const key of keysWith(`konusma.outbox.${room}.`)) forget(key);
}

function nextOf(items: readonly OutboxItem[]): OutboxItem | undefined {
  return items.find((item) => item.state !== "failed");
}

function readAll(prefix: string): OutboxItem[] {
  return keysWith(prefix)
    .flatMap((key) => parse(load(key)))
    .sort((a, b) => a.at - b.at);
}

function parse(json: string | null): OutboxItem[] {
  try {
    const item: OutboxItem = JSON.parse(json ?? "");
    // A page that was closed while sending does not know how it ended: ask again.
    return [item.state === "failed" ? item : { ...item, state: "waiting" }];
  } catch {
    return [];
  }
}

/** `crypto.randomUUID` exists only in secure contexts; a shop's test server may be plain http. */
function newClientId(): string {
  if ("randomUUID" in crypto) return crypto.randomUUID();
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
