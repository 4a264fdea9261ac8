import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "../../shared/kit";

/** Longer than a screen reader needs to notice the region. */
const SPOKEN_AFTER_MS = 100;

interface Props {
  children: ComponentChildren;
  /** What a screen reader says now. */
  said: string;
  testId: string;
}

/** A question in the thread. What is read below it stays where it is when it comes and when it grows. */
export function Card({ children, said, testId }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  // A region that is new with its words is not heard.
  const [spoken, speak] = useState("");

  useEffect(() => {
    const timer = setTimeout(() => speak(said), SPOKEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [said]);

  useLayoutEffect(() => {
    const it = box.current;
    const thread = it?.closest(".thread");
    if (!it || !thread) return;
    const keepPlace = () => {
      const grown = it.offsetHeight - height.current;
      height.current = it.offsetHeight;
      // What gets shorter at the end takes the place along by itself.
      const edge = grown < 0 ? thread.scrollTop - it.offsetHeight : thread.scrollTop + thread.clientHeight;
      if (it.offsetTop < edge) thread.scrollTop += grown;
    };
    keepPlace();
    const observer = new ResizeObserver(keepPlace);
    observer.observe(it);
    return () => observer.disconnect();
  }, []);

  return (
    <div class="ask" ref={box} data-testid={testId}>
      <div class="ask-card">{children}</div>
      <div class="visually-hidden" role="status">
        {spoken}
      </div>
    </div>
  );
}
