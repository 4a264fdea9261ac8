import type { Ack } from "../types";
import type { Shown } from "./types";

export type Signal =
  | { description: RTCSessionDescriptionInit }
  | { candidate: RTCIceCandidateInit }
  | { state: Shown };

export interface SignalQueue {
  send(signal: Signal): void;
  /** The way to the other side is open again: what was refused goes once more, in its old order. */
  resume(): void;
  close(): void;
}

interface Entry {
  order: number;
  signal: Signal;
}

/** A word from the server may get lost with a connection; then it is tried all the same. */
const PEER_AWAY_MS = 5_000;
const PAUSE_MS = 1_000;

/**
 * Signals on their way to the other side, none lost. Descriptions go one by one, since what follows one makes sense
 * only after it; candidates in between need not wait for each other.
 */
export function openSignalQueue(emit: (signal: Signal) => Promise<Ack>, onGone: () => void): SignalQueue {
  let waiting: Entry[] = [];
  let order = 0;
  let flying = 0;
  let alone = false;
  let held = false;
  let closed = false;
  let timer: number | undefined;

  function pump(): void {
    while (!held && !closed) {
      const next = waiting[0];
      const isDescription = next !== undefined && "description" in next.signal;
      if (!next || alone || (isDescription && flying > 0)) return;
      waiting.shift();
      flying++;
      alone = isDescription;
      void emit(next.signal).then((ack) => {
        flying--;
        if (isDescription) alone = false;
        if (!ack.ok) refused(next, ack.code, ack.retry_after_ms);
        pump();
      });
    }
  }

  function refused(entry: Entry, code: string, retryAfterMs?: number): void {
    if (code === "call") onGone();
    // What the server cannot read it will never read.
    if (!["peer", "offline", "timeout", "rate_limited", "busy", "storage"].includes(code)) return;
    const { signal } = entry;
    if (isOutdated(signal, waiting)) return;
    waiting = [...waiting, entry].sort((a, b) => a.order - b.order);
    held = true;
    clearTimeout(timer);
    timer = window.setTimeout(resume, retryAfterMs ?? (code === "peer" ? PEER_AWAY_MS : PAUSE_MS));
  }

  function resume(): void {
    clearTimeout(timer);
    held = false;
    pump();
  }

  return {
    send(signal) {
      waiting = waiting.filter((one) => !outdates(signal, one.signal));
      waiting.push({ order: order++, signal });
      pump();
    },
    resume,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function isOutdated(signal: Signal, later: readonly Entry[]): boolean {
  return later.some((entry) => outdates(entry.signal, signal));
}

/** A newer signal may say all that an older one would: what has not left yet need not leave any more. */
function outdates(newer: Signal, older: Signal): boolean {
  if ("state" in newer) return "state" in older;
  if (!("description" in newer)) return false;
  const { type, sdp } = newer.description;
  // An answer comes after an offer of one's own only when that was rolled back. An offer leaves an answer its worth.
  if ("description" in older) return type === "answer" || older.description.type === "offer";
  // Candidates of a round of gathering that is over.
  const fragment = "candidate" in older && older.candidate.usernameFragment;
  return !!fragment && !sdp?.includes(`a=ice-ufrag:${fragment}`);
}
