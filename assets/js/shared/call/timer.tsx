import { useEffect, useState } from "../kit";
import { clock } from "./words";

const TICK_MS = 500;

/** How long it has lasted. Spoken by a screen reader only when it is asked for. */
export function Timer({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="call-time" role="timer" aria-live="off" data-testid="call-timer">
      {clock(now - since)}
    </span>
  );
}
