import { useEffect, useRef } from "../kit";
import { drawBars } from "./draw-bars";
import type { Recorder } from "./recorder";

/** With little motion wanted, a bar that changes its length now and then. */
const CALM_MS = 250;

/** How loud it is, now and a moment ago. */
export function Meter({ recorder }: { recorder: Recorder }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const it = canvas.current;
    if (!it) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let drawn = 0;
    const draw = () => {
      const { levels } = recorder;
      // A short sound between two of the calm steps is a sound.
      const loudest = Math.max(0, ...levels.slice(Math.min(drawn, levels.length - 1)));
      drawn = levels.length;
      it.dataset.level = loudest.toFixed(2);
      drawBars(it, calm ? { length: loudest } : { last: levels });
    };
    if (calm) {
      const timer = window.setInterval(draw, CALM_MS);
      return () => clearInterval(timer);
    }
    let frame = requestAnimationFrame(function next() {
      draw();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [recorder]);
  return <canvas class="voice-level" ref={canvas} data-testid="voice-level" />;
}
