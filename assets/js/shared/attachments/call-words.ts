import phone from "icon:phone";
import missed from "icon:phone-missed";
import off from "icon:phone-off";
import video from "icon:video";
import { t } from "../kit";
import type { Call } from "../types";
import { clock } from "./clock";

/** The caller was not heard, and would like to be. `mine`: this side called. */
export const isMissed = ({ reason }: Call, mine: boolean): boolean =>
  !mine && (reason === "missed" || reason === "busy");

/** Voice call, or how one that never was one ended. */
export function callTitle(call: Call, mine: boolean): string {
  const { reason, duration_ms } = call;
  if (isMissed(call, mine)) return t("call-log.missed");
  if (duration_ms > 0 || reason === "hangup") return callKind(call);
  // That the business did not want to answer stays in nobody's thread.
  const unanswered = reason === "missed" || (reason === "declined" && mine && call.caller === "visitor");
  return t(unanswered ? "call-log.no-answer" : `call-log.${reason}`);
}

export const callKind = ({ media }: Call): string => t(`call-log.${media}`);

/** 3:12, and what cut it short. */
export function callLength({ reason, duration_ms }: Call): string {
  if (duration_ms === 0) return reason === "hangup" ? t("call-log.hangup") : "";
  // Whole seconds, as the timer of the call has counted them.
  const length = clock(Math.max(1000, duration_ms));
  return reason === "lost" || reason === "failed" ? t("call-log.cut", { length }) : length;
}

/** All of it in one line. */
export function callWords(call: Call, mine: boolean): string {
  return [callTitle(call, mine), callLength(call)].filter(Boolean).join(" · ");
}

export function callIcon(call: Call, mine: boolean): string {
  if (isMissed(call, mine)) return missed;
  if (call.duration_ms === 0 && call.reason !== "hangup") return off;
  return call.media === "video" ? video : phone;
}
