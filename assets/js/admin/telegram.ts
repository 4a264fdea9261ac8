import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Method } from "../shared/api";
import { call } from "./access";
import { telegram } from "./store";
import type { Telegram } from "./wire";

/** Why it was last asked in vain; what was heard before stays on the screen. */
export const askedInVain = signal<unknown>(null);

/** Grows with each answer that counts: one that was asked for before is older news. */
let heard = 0;
let asking = false;

function hear(known: Telegram): void {
  heard++;
  askedInVain.value = null;
  // Asked every few seconds, mostly in vain: what is the same draws nothing anew.
  if (JSON.stringify(known) !== JSON.stringify(telegram.peek())) telegram.value = known;
}

export async function askTelegram(): Promise<void> {
  if (asking) return;
  asking = true;
  const before = heard;
  try {
    const known = await call<Telegram>("GET", "/api/admin/telegram");
    if (heard === before) hear(known);
  } catch (error) {
    if (heard === before) askedInVain.value = error;
  }
  asking = false;
}

/** Every change answers how it is now. */
export async function changeTelegram(method: Method, what: string, body?: unknown): Promise<void> {
  hear(await call<Telegram>(method, `/api/admin/telegram${what}`, body));
}

/** Asks now, when the page is looked at again, and meanwhile every so often; `null`: not meanwhile. */
export function useTelegram(everyMs: number | null): void {
  useEffect(() => {
    const ask = () => {
      if (!document.hidden) void askTelegram();
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    const timer = everyMs === null ? undefined : window.setInterval(ask, everyMs);
    return () => {
      document.removeEventListener("visibilitychange", ask);
      clearInterval(timer);
    };
  }, [everyMs]);
}
