import { type ReadonlySignal, useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Conversation } from "./conversation";

/**
 * The first message of the other side that was unread when the thread was opened. None when nothing read
 * stands before it: in a chat nobody has looked at yet everything is new.
 */
export function useFirstNew(
  { loaded, messages, me }: Conversation,
  readUpTo: number | undefined,
): ReadonlySignal<number | undefined> {
  const lastAtOpening = useRef<number | undefined>(undefined);
  return useComputed(() => {
    if (!readUpTo || !loaded.value) return undefined;
    lastAtOpening.current ??= messages.value.at(-1)?.id ?? 0;
    const first = messages.value.find(({ id, from }) => id > readUpTo && from !== me && from !== "system");
    const isNew = first && first.id <= lastAtOpening.current && first !== messages.value[0];
    return isNew ? first.id : undefined;
  });
}
