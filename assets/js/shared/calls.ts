import type { CallsOptions, HookParts, OpenCalls } from "./call/types";
import { type Later, later } from "./later";
import type { ChatSocket } from "./socket";

/** Whether this browser can call at all. Only a secure page has `mediaDevices`. */
export const canCall = "mediaDevices" in navigator && "RTCPeerConnection" in window;

/** A page's ear for calls. What rings, talks and shows comes with the first call. */
export interface CallHook {
  readonly part: Later<OpenCalls>;
  close(): void;
}

/** From now on this page can be rung, if it could answer. */
export function openCallHook(socket: ChatSocket, options: CallsOptions): CallHook {
  const part = later(async () => (await import("./call/part")).openCalls(hook, options));
  const line = canCall ? socket.beside("/call") : undefined;
  const hook: HookParts = { socket, line };
  line?.onAny((event, data) => part.use((calls) => calls.hear(event, data)));
  return { part, close: () => part.part.peek()?.close() };
}
