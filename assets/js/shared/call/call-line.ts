import type { Socket } from "socket.io-client";
import { ask, type ReadonlySignal } from "../kit";
import type { Ack, Refusal } from "../types";
import type { CallMedia, HookParts } from "./types";

const AGAIN_MS = 2_000;
/** A phone that has just been woken has no connection yet, but will in a moment. */
const DIAL_TRIES = 5;
const DIAL_AGAIN_MS = 1_000;
/** A server that is away for a minute has given the call up by itself. */
const HANGUP_TRIES = 30;
const NO_LINE: Refusal = { ok: false, code: "offline", message: "no line" };

/** What the server gives to both sides of a call. */
export interface Given {
  call_id: string;
  ice_servers: RTCIceServer[];
  media?: CallMedia;
  accepted?: true;
}

export interface Resumed {
  state: "ringing" | "accepted" | "connected";
  peer_online: boolean;
  ice_servers: RTCIceServer[];
}

/** What one side of a call tells the server. */
export interface CallLine {
  /** Any event that names the call. */
  tell<T = object>(event: string, more?: object): Promise<Ack<T>>;
  /** Tries a few times while it is still wanted. */
  dial(what: { media: CallMedia; room?: string }, isWanted: () => boolean): Promise<Ack<Given>>;
  accept(): Promise<Ack<Given>>;
  /** A new connection takes its side of the call over. */
  resume(): Promise<Ack<Resumed>>;
  /** Tries until it is heard: the server may be away when a call ends here, and the other side should not wait for long. */
  hangup(failed?: boolean): Promise<void>;
  /** From a page that goes away: it leaves at once or never. */
  hangupNow(): void;
}

export function openCallLine({ line, socket }: HookParts, id: ReadonlySignal<string>): CallLine {
  /** The connection that the server knows this side of the call by. */
  let attachedTo: string | undefined;

  async function tell<T = object>(event: string, more: object = {}): Promise<Ack<T>> {
    if (!line) return NO_LINE;
    const ack = await ask<T>(line, event, { call_id: id.peek(), ...more });
    // Another network leaves a connection behind that does not know it is dead.
    if (!ack.ok && ack.code === "timeout") void socket.probe();
    return ack;
  }

  /** With an answer, this connection is a side of the call. */
  async function attach<T>(asked: () => Promise<Ack<T>>): Promise<Ack<T>> {
    const connection = line?.id;
    const ack = await asked();
    if (ack.ok) attachedTo = connection;
    return ack;
  }

  const resume = () => attach(() => tell<Resumed>("resume"));

  async function dial(what: object, isWanted: () => boolean, tries = DIAL_TRIES): Promise<Ack<Given>> {
    const ack = line ? await attach(() => ask<Given>(line, "call", what)) : NO_LINE;
    if (ack.ok || tries === 0 || !["offline", "busy", "storage"].includes(ack.code)) return ack;
    socket.retryNow();
    await new Promise((done) => setTimeout(done, ack.retry_after_ms ?? DIAL_AGAIN_MS));
    return isWanted() ? dial(what, isWanted, tries - 1) : ack;
  }

  async function hangup(failed = false, tries = HANGUP_TRIES): Promise<void> {
    // A new connection is nobody in this call before it has taken its side over.
    const isNew = line?.connected && line.id !== attachedTo;
    const ack = isNew ? await resume() : await tell("hangup", failed ? { failed } : {});
    if (ack.ok && isNew) return hangup(failed, tries - 1);
    if (ack.ok || ack.code === "call" || tries <= 0) return;
    if (ack.code === "offline") socket.retryNow();
    setTimeout(() => hangup(failed, tries - 1), ack.retry_after_ms ?? AGAIN_MS);
  }

  return {
    tell,
    dial: (what, isWanted) => dial(what, isWanted),
    accept: () => attach(() => tell<Given>("accept")),
    resume,
    hangup: (failed) => hangup(failed),
    hangupNow: () => line && sendLast(line, "hangup", { call_id: id.peek() }),
  };
}

/** A WebSocket takes it along. A request of long polling would be taken back with the page, but for a beacon. */
function sendLast(line: Socket, event: string, data: object): void {
  const { engine } = line.io;
  if (engine?.transport.name !== "polling") {
    line.emit(event, data);
    return;
  }
  const query = new URLSearchParams({ EIO: "4", transport: "polling", sid: engine.id });
  // Message (4), event (2): https://socket.io/docs/v4/socket-io-protocol/
  navigator.sendBeacon(`/socket.io/?${query}`, `42/call,${JSON.stringify([event, data])}`);
}
