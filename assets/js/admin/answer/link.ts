import { signal } from "@preact/signals";
import { ApiError, api } from "../../shared/api";
import { access, checkAccess } from "../access";
import { go } from "../route";

/** Whom a link of the bot's leads to. */
export interface Asked {
  room: string;
  name: string;
  /** The call it was sent for; a link that was asked for has none. */
  call_id?: string;
}

/** How far a link of the bot's has come. What it opened goes by itself; the others until somebody puts them away. */
export type Answer =
  | { state: "none" }
  | { state: "opening" }
  | { state: "expired" }
  | { state: "failed"; token: string; error: unknown }
  | { state: "open"; asked: Asked };

export const answer = signal<Answer>({ state: "none" });

export const putAway = (): void => {
  answer.value = { state: "none" };
};

/** Takes the token out of the address bar, before anybody sees or bookmarks it: it signs in. */
export function takeAnswerToken(): string | null {
  const token = /^#answer=([\w-]+)$/.exec(location.hash)?.[1] ?? null;
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

/** Each link works once: from here on the thread is where it led. */
export async function follow(token: string): Promise<void> {
  answer.value = { state: "opening" };
  try {
    const asked = await api<Asked>("POST", "/api/admin/answer", { token });
    answer.value = { state: "open", asked };
    go({ view: "conversation", room: asked.room, visitor: false }, "replace");
  } catch (error) {
    const expired = error instanceof ApiError && error.code === "link";
    answer.value = expired ? { state: "expired" } : { state: "failed", token, error };
  }
  if (access.value.state !== "in") await checkAccess();
}

/** Once more, from wherever the page has come to. */
export function arrive(): Promise<void> {
  const at = answer.value;
  return at.state === "failed" ? follow(at.token) : checkAccess();
}

/** A link may be opened where the page is already. */
export function followLaterLinks(): void {
  addEventListener("hashchange", () => {
    const token = takeAnswerToken();
    if (token) void follow(token);
  });
}
