import { t, useComputed, useEffect, useState } from "../kit";
import type { Calls, Shown } from "./types";
import { endWords, faultWords, statusWords } from "./words";

/** What a screen reader says, once each: who rings, each step of the call, what the other side changes. */
export function useSpoken(calls: Calls): string {
  const now = useComputed(() => {
    const call = calls.current.value;
    const ring = calls.busy.value ? undefined : calls.rings.value.at(-1);
    if (ring && call?.phase.value.is !== "refused") return t("call.said.ring", { name: ring.from });
    if (!call) return "";
    const phase = call.phase.value;
    const name = call.peer.value;
    if (phase.is === "ended") return sentence(endWords(call, phase, true));
    if (phase.is === "refused") return sentence(faultWords(phase.fault, name));
    if (phase.is !== "connected") return statusWords(call);
    if (call.quality.value?.level === "weak") return t("call.said.weak");
    return t("call.said.connected", { name }) + theirState(call.theirs.value);
  });
  // A region that is new with its words is not heard.
  const [said, say] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => say(now.value), 100);
    return () => clearTimeout(timer);
  }, [now.value]);
  return said;
}

function theirState({ audio, screen }: Shown): string {
  if (screen) return ` ${t("call.theirs.screen")}.`;
  return audio ? "" : ` ${t("call.theirs.muted")}.`;
}

function sentence({ title, more }: { title: string; more?: string }): string {
  return more ? `${title}. ${more}` : title;
}
