import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Conversation } from "./conversation";

/** Whether the tab is in front. */
function useVisible(): Signal<boolean> {
  const visible = useSignal(!document.hidden);
  useEffect(() => {
    const onChange = () => {
      visible.value = !document.hidden;
    };
    document.addEventListener("visibilitychange", onChange);
    return () => document.removeEventListener("visibilitychange", onChange);
  }, [visible]);
  return visible;
}

/** The newest message of the other side that a person can have read: end of the thread, tab in front. */
export function useSeen(
  conversation: Conversation,
  atEnd: Signal<boolean>,
  onSeen: ((upTo: number) => void) | undefined,
): Signal<number> {
  const visible = useVisible();
  const seen = useSignal(0);
  useSignalEffect(() => {
    if (!visible.value || !atEnd.value || !conversation.loaded.value) return;
    const newest = conversation.messages.value.findLast((message) => message.from !== conversation.me);
    if (!newest || newest.id <= seen.peek()) return;
    seen.value = newest.id;
    onSeen?.(newest.id);
  });
  return seen;
}
