import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { OutboxItem } from "./outbox";
import type {
  Ack,
  Edit,
  HistoryPage,
  HistoryQuery,
  Message,
  Party,
  Receipt,
  Sent,
  Typing,
  Upload,
} from "./types";

/** The other side's "typing" is believed this long without a word. */
const TYPING_EXPIRES_MS = 6_000;
const PAGE = 50;

export interface ConversationOptions {
  room: string;
  /** Which side this page is. */
  me: Party;
  /** Usually `(q) => socket.emit("history", q)`. */
  history: (query: HistoryQuery) => Promise<Ack<HistoryPage>>;
}

/** What is known of one room's messages: the model behind `<Thread>`. */
export interface Conversation {
  readonly room: string;
  readonly me: Party;
  /** Ascending by id, no holes. */
  readonly messages: ReadonlySignal<readonly Message[]>;
  /** False until the newest page is here. */
  readonly loaded: ReadonlySignal<boolean>;
  readonly hasOlder: ReadonlySignal<boolean>;
  readonly loadingOlder: ReadonlySignal<boolean>;
  /** How far the other side has got. */
  readonly deliveredUpTo: ReadonlySignal<number>;
  readonly readUpTo: ReadonlySignal<number>;
  /** How far this side has read, as the server knows it. */
  readonly ownReadUpTo: ReadonlySignal<number>;
  /** Who of the other side is typing: the author's name, "" when nameless, null for nobody. */
  readonly typing: ReadonlySignal<string | null>;
  /** A message the thread shall go to; the thread empties it once it is there. */
  readonly target: Signal<number | null>;
  /** The message that the next one answers. */
  readonly replying: Signal<Message | null>;
  /** The newest id known, for `last_id`. */
  lastId(): number | undefined;
  loadNewest(): Promise<boolean>;
  loadOlder(): Promise<boolean>;
  /** Loads older pages until this message is among them; answers whether it is. */
  loadBackTo(id: number): Promise<boolean>;
  /** A message that is here already stays as it is, unless its text was changed later. */
  add(...messages: Message[]): void;
  edit(edit: Edit): void;
  /** Asks for a message again: links to files expire. The message, null when it is gone, undefined when nobody answers. */
  refresh(id: number): Promise<Message | null | undefined>;
  /** Turns an outbox item into a message: give it to the outbox as `onSent`. */
  addSent(item: OutboxItem, sent: Sent, author?: string): void;
  receipt(receipt: Receipt): void;
  onTyping(typing: Typing): void;
  close(): void;
}

export function openConversation({ room, me, history }: ConversationOptions): Conversation {
  const byId = signal<ReadonlyMap<number, Message>>(new Map());
  const messages = computed(() => [...byId.value.values()].sort((a, b) => a.id - b.id));
  const loaded = signal(false);
  const hasOlder = signal(false);
  const loadingOlder = signal(false);
  const deliveredUpTo = signal(0);
  const readUpTo = signal(0);
  const ownReadUpTo = signal(0);
  const typing = signal<string | null>(null);
  const target = signal<number | null>(null);
  const replying = signal<Message | null>(null);
  let older: Promise<boolean> | undefined;
  let typingTimer: number | undefined;

  function add(...added: Message[]): void {
    const fresh = added.filter((message) => {
      const known = byId.value.get(message.id);
      return !known || (message.edited_at ?? 0) > (known.edited_at ?? 0);
    });
    if (fresh.length > 0) put(fresh);
    if (added.some((message) => message.from !== me)) stopTyping();
  }

  function put(changed: Message[]): void {
    byId.value = new Map([...byId.value, ...changed.map((one) => [one.id, one] as const)]);
    const answered = replying.peek();
    if (answered) replying.value = byId.value.get(answered.id) ?? answered;
  }

  function stopTyping(): void {
    clearTimeout(typingTimer);
    typing.value = null;
  }

  /** Asked by several at once, it loads one page and tells all of them. */
  function loadOlder(): Promise<boolean> {
    older ??= loadPage().finally(() => {
      older = undefined;
    });
    return older;
  }

  async function loadPage(): Promise<boolean> {
    const first = messages.value[0];
    if (!first || !hasOlder.value) return false;
    loadingOlder.value = true;
    const page = await history({ room, before: first.id, limit: PAGE });
    if (page.ok) {
      hasOlder.value = page.more;
      add(...page.messages);
    }
    loadingOlder.value = false;
    return page.ok;
  }

  async function loadBackTo(id: number): Promise<boolean> {
    while (id < (messages.value[0]?.id ?? 0) && (await loadOlder()));
    return byId.value.has(id);
  }

  return {
    room,
    me,
    messages,
    loaded,
    hasOlder,
    loadingOlder,
    deliveredUpTo,
    readUpTo,
    ownReadUpTo,
    typing,
    target,
    replying,
    lastId: () => messages.value.at(-1)?.id,
    async loadNewest() {
      const page = await history({ room, limit: PAGE });
      if (!page.ok) return false;
      const oldest = page.messages[0]?.id;
      // Live messages may have come first; only a page that reaches below all of them knows what is older.
      if (!messages.value.some((message) => oldest === undefined || message.id < oldest)) {
        hasOlder.value = page.more;
      }
      add(...page.messages);
      loaded.value = true;
      return true;
    },
    loadOlder,
    loadBackTo,
    add,
    edit({ id, text, edited_at }) {
      const message = byId.value.get(id);
      if (message) add({ ...message, text, edited_at });
    },
    async refresh(id) {
      // Those before it have old links, too.
      const page = await history({ room, before: id + 1, limit: PAGE });
      if (!page.ok) return undefined;
      put(page.messages);
      return page.messages.find((one) => one.id === id) ?? null;
    },
    addSent(item, { id, at }, author) {
      const { client_id, text, upload, reply_to } = item;
      add({
        id,
        at,
        room,
        client_id,
        from: me,
        kind: kindOf(upload),
        ...(text && { text }),
        ...(upload && { upload }),
        ...(author === undefined ? {} : { author }),
        ...(reply_to === undefined ? {} : { reply_to }),
      });
    },
    receipt(receipt) {
      if (receipt.by === me) {
        ownReadUpTo.value = Math.max(ownReadUpTo.value, receipt.read_up_to ?? 0);
        return;
      }
      readUpTo.value = Math.max(readUpTo.value, receipt.read_up_to ?? 0);
      // What was read was also delivered.
      deliveredUpTo.value = Math.max(deliveredUpTo.value, receipt.delivered_up_to ?? 0, readUpTo.value);
    },
    onTyping(event) {
      if (event.from === me) return;
      stopTyping();
      if (!event.on) return;
      typing.value = event.author ?? "";
      typingTimer = window.setTimeout(stopTyping, TYPING_EXPIRES_MS);
    },
    close: stopTyping,
  };
}

/** As the server sees it, which makes a small picture of every image it could read. */
export function kindOf(upload: Upload | undefined): Message["kind"] {
  if (!upload) return "text";
  if (upload.thumb_url) return "image";
  return upload.mime.startsWith("audio/") ? "audio" : "file";
}
