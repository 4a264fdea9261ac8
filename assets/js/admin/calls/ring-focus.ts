import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { Ring } from "../../shared/call/types";

/** Whoever is in the middle of a word keeps the focus until he pauses: no letter may get lost, nor press a button. */
const PAUSE_MS = 2_000;

/** The first call that rings gets the focus, the card and not a button; when none is left, it goes back to where it was. */
export function useRingFocus(card: RefObject<HTMLElement | null>, ringing: readonly Ring[]): void {
  const some = ringing.length > 0;
  useEffect(() => {
    if (!some) return;
    let before: Element | null = null;
    let timer = window.setTimeout(take, isWriting() ? PAUSE_MS : 0);
    const onKey = () => {
      if (before) return;
      clearTimeout(timer);
      timer = window.setTimeout(take, PAUSE_MS);
    };
    function take(): void {
      before = document.activeElement;
      card.current?.focus({ preventScroll: true });
    }
    document.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", onKey);
      // Preact takes the card away first, which leaves the focus on the body.
      const lost = !document.activeElement || document.activeElement === document.body;
      if (lost && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [some]);
}

function isWriting(): boolean {
  const active = document.activeElement;
  const field = active instanceof HTMLTextAreaElement || active instanceof HTMLInputElement;
  return field && active.value !== "";
}
