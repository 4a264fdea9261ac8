import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { Ring } from "../../shared/call/types";

/** Whoever is in the middle of a word keeps the focus until he pauses: no letter may get lost, nor press a button. */
const PAUSE_MS = 2_000;

/** The first call that rings gets the focus, the card and not a button; when none is left, it goes back to where it was. */
export function useRingFocus(card: RefObject<HTMLDialogElement | null>, ringing: readonly Ring[]): void {
  const some = ringing.length > 0;
  useLayoutEffect(() => {
    if (!some) return;
    let before: Element | null = null;
    const take = () => {
      before = document.activeElement;
      card.current?.focus({ preventScroll: true });
    };
    let timer: number | undefined;
    const wait = () => {
      if (before) return;
      clearTimeout(timer);
      timer = window.setTimeout(take, PAUSE_MS);
    };
    if (document.querySelector("dialog:modal")) {
      // What lies below an open modal could be neither seen well nor pressed.
      before = document.activeElement;
      card.current?.showModal();
      card.current?.focus();
    } else {
      // Unlike show(), this leaves the focus alone.
      card.current?.setAttribute("open", "");
      if (isWriting()) wait();
      else take();
    }
    document.addEventListener("keydown", wait);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", wait);
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
