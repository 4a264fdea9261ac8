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
    const draw = () => {
      const { levels } = recorder;
      it.dataset.level = (levels.at(-1) ?? 0).toFixed(2);
      drawBars(it, calm ? { length: levels.at(-1) ?? 0 } : { last: levels });
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
