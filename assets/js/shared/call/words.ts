import { formatDuration, t } from "../kit";
import type { Call, Fault, Phase } from "./types";

/** A headline and what to do about it. */
export interface Words {
  title: string;
  more?: string;
}

/** Before it is connected, and when it is not any more. A connected call shows its time. */
export function statusWords(call: Call): string {
  switch (call.phase.value.is) {
    case "asking":
      return call.media.value === "video" ? t("call.asking.video") : t("call.asking");
    case "ringing":
      return call.id.value ? t("call.ringing") : t("call.dialing");
    case "connecting":
      return t("call.connecting");
    case "reconnecting":
      return call.peerAway.value ? t("call.peer-away") : t("call.reconnecting");
    default:
      return "";
  }
}

export function endWords(
  call: Call,
  { reason, durationMs }: Extract<Phase, { is: "ended" }>,
  long = false,
): Words {
  const name = call.peer.value;
  const time = durationMs ? { more: t("call.ended.length", { time: formatDuration(durationMs, long) }) } : {};
  if (reason === "hangup") return { title: t("call.ended.hangup"), ...time };
  if (reason === "lost") return { title: t("call.ended.lost"), ...time };
  if (reason === "failed") return { title: t("call.ended.failed"), more: t("call.ended.failed.more") };
  if (!call.outgoing)
    return { title: t("call.ended.missed-in"), more: t("call.ended.missed-in.more", { name }) };
  if (reason === "busy") return { title: t("call.ended.busy"), more: t("call.ended.busy.more") };
  // A business does not tell a customer that it would not talk to him.
  if (reason === "missed" || call.me === "visitor") {
    const title = reason === "missed" ? t("call.ended.missed") : t("call.ended.unanswered");
    return { title, more: t(`call.ended.write.${call.me}`, { name }) };
  }
  return { title: t("call.ended.declined"), more: t("call.ended.write.agent", { name }) };
}

export function faultWords(fault: Fault, name: string): Words {
  return { title: t(`call.fault.${fault}`, { name }), more: t(`call.fault.${fault}.more`, { name }) };
}

/** 0:07, 12:34, 1:02:03 */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
