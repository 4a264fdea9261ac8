import { useEffect, useRef } from "preact/hooks";

/** The other side believes "typing" for 6 s; said again every 3 s it survives one lost notice. */
const REPEAT_MS = 3_000;
const IDLE_MS = 5_000;

/** Answers a function to call on every change with whether there is text; it says on and off no more than needed. */
export function useTypingNotice(onTyping?: (on: boolean) => void): (writing: boolean) => void {
  const saidAt = useRef(0);
  const idle = useRef<number | undefined>(undefined);
  useEffect(() => () => clearTimeout(idle.current), []);

  const off = () => {
    clearTimeout(idle.current);
    if (saidAt.current === 0) return;
    saidAt.current = 0;
    onTyping?.(false);
  };
  return (writing) => {
    if (!writing) {
      off();
      return;
    }
    clearTimeout(idle.current);
    idle.current = window.setTimeout(off, IDLE_MS);
    if (Date.now() - saidAt.current < REPEAT_MS) return;
    saidAt.current = Date.now();
    onTyping?.(true);
  };
}
