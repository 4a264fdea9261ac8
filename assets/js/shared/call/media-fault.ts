import type { Fault } from "./types";

/** Why a microphone, a camera or a screen was not given. */
export function mediaFault(error: unknown): Fault {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return name === "NotReadableError" || name === "AbortError" ? "in_use" : "device";
}

const SERVER_CODES = [
  "blocked",
  "in_call",
  "unreachable",
  "off",
  "offline",
  "timeout",
  "rate_limited",
] as const;

/** Why the server did not make a call. */
export function refusalFault(code: string): Fault {
  if (code === "call") return "answered";
  return SERVER_CODES.find((one) => one === code) ?? "server";
}
