import { ApiError, api, type ReadonlySignal, signal } from "../../shared/kit";

/** A network that is away, a server that is busy. */
const AGAIN_MS = 3_000;

export interface RatingSender {
  /** waiting: it goes out by itself once it can. */
  readonly state: ReadonlySignal<"none" | "sending" | "waiting" | "saved" | "failed">;
  /** The last one counts. */
  send(rating: number): void;
  close(): void;
}

/** One rating at a time on its way; whoever changes his mind meanwhile has the last word. */
export function openRatingSender(token: string, onSaved: (rating: number) => void): RatingSender {
  const state = signal<RatingSender["state"]["value"]>("none");
  let wanted: number | undefined;
  let busy = false;
  let timer: number | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    if (busy || wanted === undefined) return;
    busy = true;
    const rating = wanted;
    try {
      await api("PUT", "/api/session/rating", { rating }, { token });
      if (wanted === rating) {
        wanted = undefined;
        state.value = "saved";
        onSaved(rating);
      }
    } catch (error) {
      const passing = error instanceof ApiError && (error.code === "network" || error.retryAfterMs);
      if (passing) {
        state.value = "waiting";
        timer = window.setTimeout(flush, error.retryAfterMs ?? AGAIN_MS);
      } else if (wanted === rating) {
        wanted = undefined;
        state.value = "failed";
      }
    }
    busy = false;
    if (state.value === "sending") void flush();
  }

  return {
    state,
    send(rating) {
      wanted = rating;
      state.value = "sending";
      void flush();
    },
    close: () => clearTimeout(timer),
  };
}
