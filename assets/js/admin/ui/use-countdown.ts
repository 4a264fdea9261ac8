import { useEffect, useState } from "preact/hooks";

/** Seconds left, and a way to start it. Counts by the clock: a sleeping phone does not stop time. */
export function useCountdown(startsWith = 0): [seconds: number, start: (ms: number) => void] {
  const [until, setUntil] = useState(() => (startsWith > 0 ? Date.now() + startsWith : 0));
  const [seconds, setSeconds] = useState(Math.ceil(startsWith / 1000));
  useEffect(() => {
    if (until === 0) return;
    const tick = () => setSeconds(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = window.setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [until]);
  return [seconds, (ms) => setUntil(Date.now() + ms)];
}
