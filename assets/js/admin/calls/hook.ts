import { computed, signal } from "@preact/signals";
import type { Ring } from "../../shared/call/types";
import { type CallHook, canCall, openCallHook } from "../../shared/calls";
import { t } from "../../shared/i18n";
import type { ChatSocket } from "../../shared/socket";
import type { CallMedia, CallsAllowed, Thread } from "../../shared/types";
import { toast } from "../../shared/ui/toast";
import { me } from "../access";
import { openRoom, openThread } from "../route";
import { book, settings, soundOn } from "../store";
import { testConnection } from "./test";

const hook = signal<CallHook | null>(null);

/** All that rings, runs and was just ended; null until the first call brings it. */
export const calls = computed(() => hook.value?.part.part.value ?? null);
/** What rings and could be answered: whoever is in a call is not asked to take another. */
export const rings = computed<readonly Ring[]>(() => {
  const known = calls.value;
  return !known || known.busy.value ? [] : known.rings.value;
});
/** Until the settings are here, what most owners keep: the buttons have their place from the start. */
export const callsAllowed = computed<CallsAllowed>(() => settings.value?.calls ?? "video");

/** From sign-in to sign-out, on the live connection. */
export function startCalls(live: ChatSocket): () => void {
  const opened = openCallHook(live, {
    me: "agent",
    allowed: () => callsAllowed.value,
    peerName: (room) => book.value.threads[room]?.name ?? "",
    quiet: () => !soundOn.value,
    testConnection,
    onAnswered: tellAnswered,
  });
  hook.value = opened;
  return () => {
    opened.close();
    hook.value = null;
  };
}

export const preloadCalls = (): void => hook.value?.part.preload();

export function callVisitor(media: CallMedia, room: string): void {
  hook.value?.part.use((part) => void part.call(media, room));
}

/** Opens the caller's thread beside the call. What is being written stays where it is: drafts are kept by room. */
export function accept(ring: Ring, media: CallMedia): void {
  for (const modal of document.querySelectorAll<HTMLDialogElement>("dialog:modal")) modal.close();
  if (openRoom.value !== ring.room) openThread(ring.room);
  void calls.value?.accept(ring, media);
}

export const decline = (ring: Ring): void => void calls.value?.decline(ring);

/** Why this visitor cannot be called now, in words; null: he can. */
export function whyNot(thread: Thread): string | null {
  if (!canCall) return t(isSecureContext ? "call-button.browser" : "call-button.insecure");
  if (thread.blocked) return t("call-button.blocked", { name: thread.name });
  if (calls.value?.busy.value) return t("call-button.busy");
  return thread.visitor_online ? null : t("call-button.away", { name: thread.name });
}

/** Another agent was faster: said once, in passing. One's own other tab needs no words. */
function tellAnswered(ring: Ring, by: string | undefined): void {
  if (by === me.value?.name) return;
  toast(by ? t("ring.answered-by", { by, name: ring.from }) : t("ring.answered", { name: ring.from }));
}
