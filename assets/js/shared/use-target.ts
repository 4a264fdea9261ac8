import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Conversation } from "./conversation";

const GLOW_MS = 2_000;

interface Options {
  conversation: Conversation;
  box: RefObject<HTMLDivElement | null>;
  atEnd: Signal<boolean>;
  toEnd: () => void;
  toElement: (element: Element, where: "top" | "middle") => void;
}

/** Where a thread that was just opened stands: at its first new message if that does not fit, else at its end. */
export function useOpening({ conversation, box, atEnd, toEnd, toElement }: Options): void {
  const loaded = conversation.loaded.value;
  const opened = useRef(atEnd.peek());
  useLayoutEffect(() => {
    if (!loaded || opened.current) return;
    opened.current = true;
    if (conversation.target.peek() !== null) return;
    toEnd();
    const line = box.current?.querySelector(".day.new");
    if (box.current && line && line.getBoundingClientRect().top < box.current.getBoundingClientRect().top) {
      toElement(line, "top");
    } else atEnd.value = true;
  }, [loaded]);
}

/** Goes to the message somebody asked for (a search hit, a quoted message), however far back it is. */
export function useTarget({ conversation, box, atEnd, toEnd, toElement }: Options): void {
  const { target, loaded, messages } = conversation;
  const id = target.value;

  useEffect(() => {
    if (id === null || !loaded.value) return;
    void conversation.loadBackTo(id).then((found) => {
      if (found || target.peek() !== id) return;
      target.value = null;
      atEnd.value = true;
      toEnd();
    });
  }, [id, loaded.value]);

  useLayoutEffect(() => {
    if (id === null || !loaded.value) return;
    const bubble = box.current?.querySelector(`[data-id="${id}"]`);
    if (!bubble) return;
    toElement(bubble, "middle");
    target.value = null;
    const glow = "0 0 0 4px var(--glow)";
    bubble.animate({ boxShadow: [glow, glow, "0 0 0 4px transparent"] }, GLOW_MS);
  }, [id, loaded.value, messages.value]);
}
