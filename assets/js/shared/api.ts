import type { Problem } from "./types";

/** A refused or failed request. `status` is 0 when no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryAfterMs: number | undefined,
    readonly body: Partial<Problem>,
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

export interface ApiOptions {
  /** A visitor's token; agents authorise by their cookie. */
  token?: string;
  /** From GET /api/csrf, for everything an agent changes. */
  csrf?: string;
  signal?: AbortSignal;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One JSON request. Resolves to the body (undefined for 204), throws `ApiError` otherwise. */
export async function api<T>(
  method: Method,
  path: string,
  body?: unknown,
  options: ApiOptions = {},
): Promise<T> {
  const headers = new Headers({ Accept: "application/json" });
  if (options.token) headers.set("Authorization", `Bearer ${options.token}`);
  if (options.csrf) headers.set("X-CSRF-Token", options.csrf);
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (options.signal) init.signal = options.signal;
  if (body !== undefined) {
    headers.set("Content-Type", "application/json");
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "network", "no answer", undefined, {});
  }
  if (response.ok) {
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
  throw await refusal(response);
}

async function refusal(response: Response): Promise<ApiError> {
  // A proxy in front may answer with a page of its own.
  const body: Partial<Problem> = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfterMs = body.retry_after_ms ?? (seconds > 0 ? seconds * 1000 : undefined);
  const code = body.code ?? (response.status >= 500 ? "internal" : "unexpected");
  return new ApiError(response.status, code, body.detail ?? response.statusText, retryAfterMs, body);
}
