import { computed, signal } from "@preact/signals";
import { ApiError, api, type Method } from "../shared/api";
import type { Me } from "./wire";

/** Who may see what: the one place that knows whether this browser is signed in. */
export type Access =
  | { state: "checking" }
  | { state: "unreachable" }
  | { state: "out"; because: "arrived" | "left" | "expired" }
  | { state: "setup"; token: string }
  | { state: "in"; me: Me };

export const access = signal<Access>({ state: "checking" });

export const me = computed(() => (access.value.state === "in" ? access.value.me : null));
export const agentId = computed(() => me.value?.id ?? 0);
export const isOwner = computed(() => me.value?.role === "owner");

let csrf: string | null = null;

async function csrfToken(): Promise<string> {
  csrf ??= (await api<{ token: string }>("GET", "/api/csrf")).token;
  return csrf;
}

/** Headers of an upload, which is no JSON request. `again`: the token given last was refused. */
export async function changeHeaders(again: boolean): Promise<Record<string, string>> {
  if (again) csrf = null;
  return { "X-CSRF-Token": await csrfToken() };
}

/** A request in the agent's name. A lost login leads to the sign-in page from wherever it is noticed. */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  try {
    if (method === "GET") return await api<T>(method, path);
    return await changing<T>(method, path, body);
  } catch (error) {
    if (error instanceof ApiError && error.code === "unauthorized") signedOut("expired");
    throw error;
  }
}

async function changing<T>(method: Method, path: string, body: unknown): Promise<T> {
  try {
    return await api<T>(method, path, body, { csrf: await csrfToken() });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf") throw error;
    // The token belongs to a login that another tab has replaced.
    csrf = null;
    return await api<T>(method, path, body, { csrf: await csrfToken() });
  }
}

export async function checkAccess(): Promise<void> {
  try {
    const known = await api<Me>("GET", "/api/admin/me");
    csrf = null;
    access.value = { state: "in", me: known };
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) signedOut("arrived");
    else access.value = { state: "unreachable" };
  }
}

export function signedOut(because: "arrived" | "left" | "expired"): void {
  csrf = null;
  const wasIn = access.value.state === "in";
  if (because === "expired" && !wasIn) return;
  access.value = { state: "out", because };
}

export async function signOut(): Promise<void> {
  await call("POST", "/api/admin/logout");
  signedOut("left");
}
