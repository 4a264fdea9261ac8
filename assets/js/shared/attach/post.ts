import type { Problem, Upload } from "../types";

/** No byte moved for this long: the network is gone without a word. */
const STALLED_MS = 30_000;
/** All bytes are there and the server makes pictures anew, one after the other. */
const WORKING_MS = 180_000;

export interface Refusal {
  /** The server's code, or "network". */
  code: string;
  retryAfterMs?: number;
  maxBytes?: number;
  /** It passes by itself: a lost network, a busy server. */
  passing: boolean;
}

/** A wait longer than this is told to the person instead of waited for. */
const PATIENCE_MS = 120_000;

interface Options {
  headers: Record<string, string>;
  signal: AbortSignal;
  /** From 0 to 1. */
  onProgress: (share: number) => void;
}

/** One POST /api/uploads. XMLHttpRequest, because fetch does not tell how far an upload has got. */
export function post(
  blob: Blob,
  name: string,
  { headers, signal, onProgress }: Options,
): Promise<Upload | Refusal> {
  // Cancelled while it was being authorised.
  if (signal.aborted) return Promise.resolve({ code: "network", passing: true });
  return new Promise((done) => {
    const xhr = new XMLHttpRequest();
    let watch: number | undefined;
    const lost = (): void => {
      xhr.abort();
      end({ code: "network", passing: true });
    };
    const end = (outcome: Upload | Refusal): void => {
      clearTimeout(watch);
      signal.removeEventListener("abort", lost);
      done(outcome);
    };
    const alive = (limit: number): void => {
      clearTimeout(watch);
      watch = window.setTimeout(lost, limit);
    };
    signal.addEventListener("abort", lost);
    xhr.upload.onprogress = ({ loaded, total }) => {
      alive(STALLED_MS);
      onProgress(total ? loaded / total : 0);
    };
    xhr.upload.onload = () => alive(WORKING_MS);
    xhr.onload = () => end(xhr.status === 201 && xhr.response ? xhr.response : refusal(xhr));
    xhr.onerror = lost;
    xhr.open("POST", "/api/uploads");
    xhr.responseType = "json";
    for (const [header, value] of Object.entries(headers)) xhr.setRequestHeader(header, value);
    const form = new FormData();
    form.append("file", blob, name);
    alive(STALLED_MS);
    xhr.send(form);
  });
}

function refusal(xhr: XMLHttpRequest): Refusal {
  // A proxy in front may answer with a page of its own.
  const body: Partial<Problem & { max_bytes: number }> = xhr.response ?? {};
  const { status } = xhr;
  const retryAfterMs = body.retry_after_ms ?? Number(xhr.getResponseHeader("Retry-After")) * 1_000;
  const busy = status === 503 || status === 408 || status === 502 || status === 504;
  return {
    code: body.code ?? (status >= 500 ? "internal" : status === 413 ? "payload_too_large" : "unexpected"),
    ...(retryAfterMs > 0 && { retryAfterMs }),
    ...(body.max_bytes && { maxBytes: body.max_bytes }),
    passing: busy || (status === 429 && retryAfterMs > 0 && retryAfterMs <= PATIENCE_MS),
  };
}
