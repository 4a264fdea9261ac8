import { computed, signal } from "@preact/signals";
import { api } from "../shared/api";
import { forgetOutbox } from "../shared/outbox";
import { forget, load, save } from "../shared/storage";
import type { Identity, Info } from "../shared/types";
import { type Chat, openChat } from "./chat";
import { presenceLine } from "./presence";

const IDENTITY_KEY = "konusma.visitor";
const MINUTE_MS = 60_000;

/** What the business says about itself; null until it is here. */
export const info = signal<Info | null>(null);
export const infoFailed = signal(false);
export const chat = signal<Chat | null>(null);
/** The visitor's chat was erased on the server: said once on the start screen. */
export const chatGone = signal(false);

const now = signal(Date.now());
export const agentsOnline = computed(() => chat.value?.agentsOnline.value ?? info.value?.agents_online ?? 0);

export const presence = computed(() => info.value && presenceLine(info.value, agentsOnline.value, now.value));

export function start(): void {
  const identity = readIdentity();
  if (identity) enter(identity);
  void loadInfo();
  setInterval(tick, MINUTE_MS);
  document.addEventListener("visibilitychange", tick);
}

export async function loadInfo(): Promise<void> {
  try {
    info.value = await api<Info>("GET", "/api/info");
    const { accent } = info.value;
    // Most owners keep the standard colour: their visitors need not fetch what adapts another one.
    if (accent) void import("../shared/accent").then(({ applyAccent }) => applyAccent(accent));
    infoFailed.value = false;
  } catch {
    // In a chat the socket says more; the start screen offers to try again.
    infoFailed.value = info.value === null;
  }
}

/** The one time the visitor says who he is. */
export async function introduce(name: string, email: string, locale: string): Promise<void> {
  const answer = await api<Identity>("POST", "/api/session", {
    name,
    locale,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    page_url: location.origin + location.pathname + location.search,
    ...(email ? { email } : {}),
    // An app that opened the page is no web address.
    ...(document.referrer.startsWith("http") ? { referrer: document.referrer } : {}),
  });
  const identity = { room: answer.room, token: answer.token, name: answer.name, ...(email && { email }) };
  save(IDENTITY_KEY, JSON.stringify(identity));
  chatGone.value = false;
  enter(identity);
}

function enter(identity: Identity): void {
  chat.value = openChat(identity, {
    onGone: leave,
    info: () => info.value,
    onOldInfo: loadInfo,
  });
}

/** The server knows this visitor no longer. */
function leave(): void {
  const gone = chat.value;
  if (!gone) return;
  gone.close();
  forgetOutbox(gone.identity.room);
  forget(IDENTITY_KEY);
  chat.value = null;
  chatGone.value = true;
}

/** For this device, and for what is on the page. */
export function remember(more: Partial<Identity>): void {
  save(IDENTITY_KEY, JSON.stringify({ ...readIdentity(), ...more }));
  Object.assign(chat.value?.identity ?? {}, more);
}

function readIdentity(): Identity | null {
  try {
    const { room, token, ...rest }: Partial<Identity> = JSON.parse(load(IDENTITY_KEY) ?? "{}");
    return room && token ? { name: "", ...rest, room, token } : null;
  } catch {
    return null;
  }
}

function tick(): void {
  if (document.hidden) return;
  now.value = Date.now();
  // A chat hears of it by its socket.
  if (!chat.value || infoFailed.value) void loadInfo();
}
