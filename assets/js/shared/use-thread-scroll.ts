import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Entry } from "./rows";

/** Within this of the end counts as being at it. */
const NEAR_END_PX = 60;
/** Left above what is scrolled to the top. */
const GAP_PX = 12;
/** Older messages are fetched this long before the top is reached. */
const NEAR_START_PX = 600;

interface Options {
  entries: readonly Entry[];
  loaded: boolean;
  typing: boolean;
  /** Something stands above the first message; it may come after the messages. */
  introduced: boolean;
  /** Whether it begins at the end, not at a message somebody asked for. */
  fromEnd: boolean;
  onNearStart: () => void;
}

/**
 * Keeps the end in view while the reader is there, and the reader's place when he is not: when older
 * messages come in above, when the keyboard or a growing composer takes room away.
 */
export function useThreadScroll({ entries, loaded, typing, introduced, fromEnd, onNearStart }: Options) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useSignal(fromEnd);
  const height = useRef(0);
  const room = useRef(0);
  const first = useRef<string | undefined>(undefined);
  const last = useRef<string | undefined>(undefined);

  const toEnd = (smooth = false) => {
    const behavior = smooth ? "smooth" : "instant";
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior });
  };

  const isAtEnd = (it: HTMLElement) => it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END_PX;

  /** scrollIntoView would also push the page around this box. */
  const toElement = (element: Element, where: "top" | "middle") => {
    const it = box.current;
    if (!it) return;
    const { top, height: tall } = element.getBoundingClientRect();
    it.scrollTop +=
      top - it.getBoundingClientRect().top - (where === "top" ? GAP_PX : (it.clientHeight - tall) / 2);
    // At once: the observer below would go to the end again before the scroll event comes.
    atEnd.value = isAtEnd(it);
  };

  const onScroll = () => {
    const it = box.current;
    // Room was given or taken and the observer below has not had its turn: the reader did not scroll.
    if (!it || it.clientHeight !== room.current) return;
    atEnd.value = isAtEnd(it);
    if (loaded && it.scrollTop < NEAR_START_PX) onNearStart();
  };

  useLayoutEffect(() => {
    const it = box.current;
    if (!it) return;
    const newest = entries.at(-1);
    const wroteOne =
      newest !== undefined && newest.key !== last.current && newest.id === undefined && !newest.attached;
    const cameAbove = first.current !== undefined && entries[0]?.key !== first.current;
    // Who writes wants to see it; a file was seen when it was sent, which may be long ago. Said here: a composer that shrinks at the same time swallows the scroll event.
    if (wroteOne) atEnd.value = true;
    if (atEnd.value) toEnd();
    else if (cameAbove) it.scrollTop += it.scrollHeight - height.current;
    height.current = it.scrollHeight;
    first.current = entries[0]?.key;
    last.current = newest?.key;
  }, [entries, loaded, typing, introduced]);

  useEffect(() => {
    const it = box.current;
    if (!it) return;
    const observer = new ResizeObserver(() => {
      room.current = it.clientHeight;
      if (atEnd.value) toEnd();
      height.current = it.scrollHeight;
    });
    observer.observe(it);
    return () => observer.disconnect();
  }, [atEnd]);

  return { box, atEnd, toEnd, toElement, onScroll };
}
