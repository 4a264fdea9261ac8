import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Entry } from "./rows";

/** Within this of the end counts as being at it. */
const NEAR_END_PX = 60;
/** Older messages are fetched this long before the top is reached. */
const NEAR_START_PX = 600;

interface Options {
  entries: readonly Entry[];
  loaded: boolean;
  typing: boolean;
  onNearStart: () => void;
}

/**
 * Keeps the end in view while the reader is there, and the reader's place when he is not: when older
 * messages come in above, when the keyboard or a growing composer takes room away.
 */
export function useThreadScroll({ entries, loaded, typing, onNearStart }: Options) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useSignal(true);
  const height = useRef(0);
  const room = useRef(0);
  const first = useRef<string | undefined>(undefined);
  const last = useRef<string | undefined>(undefined);

  const toEnd = (smooth = false) => {
    const behavior = smooth ? "smooth" : "instant";
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior });
  };

  const onScroll = () => {
    const it = box.current;
    // Room was given or taken and the observer below has not had its turn: the reader did not scroll.
    if (!it || it.clientHeight !== room.current) return;
    atEnd.value = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END_PX;
    if (loaded && it.scrollTop < NEAR_START_PX) onNearStart();
  };

  useLayoutEffect(() => {
    const it = box.current;
    if (!it) return;
    const newest = entries.at(-1);
    const wroteOne = newest !== undefined && newest.key !== last.current && newest.id === undefined;
    const cameAbove = first.current !== undefined && entries[0]?.key !== first.current;
    if (atEnd.value || wroteOne) toEnd();
    else if (cameAbove) it.scrollTop += it.scrollHeight - height.current;
    height.current = it.scrollHeight;
    first.current = entries[0]?.key;
    last.current = newest?.key;
  }, [entries, loaded, typing]);

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

  return { box, atEnd, toEnd, onScroll };
}
