import { signal } from "@preact/signals";
import { call } from "../../access";
import { problemText } from "../../problem";
import type { Telegram } from "../../wire";

/** How the owner's Telegram is, as the server last said. */
export const telegram = signal<Telegram | null>(null);

const PATH = "/api/admin/telegram";

/** Asks again; a failure leaves what is known. */
export async function refresh(): Promise<void> {
  try {
    telegram.value = await call<Telegram>("GET", PATH);
  } catch {
    // The next look comes in two seconds, and the page says by itself when the server is gone.
  }
}

/** Changes something. Answers why not, in words; `null`: it is done. */
export async function change(
  method: "PUT" | "POST" | "DELETE",
  what: string,
  body?: unknown,
): Promise<string | null> {
  try {
    telegram.value = await call<Telegram>(method, PATH + what, body);
    return null;
  } catch (error) {
    return problemText(error);
  }
}
