const BAR_PX = 3;
const STEP_PX = 5;
const LEAST_PX = 3;

export type Bars =
  /** The newest at the right edge. */
  | { last: readonly number[] }
  /** All of them across the width; `played` from 0 to 1 in full colour. */
  | { all: readonly number[]; played: number }
  /** One bar, from 0 to 1. */
  | { length: number };

/** Loudness as a row of bars, in the element's own colour. */
export function drawBars(canvas: HTMLCanvasElement, bars: Bars): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const density = window.devicePixelRatio || 1;
  // Setting it also empties it.
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext("2d");
  if (!context || width === 0) return;
  context.scale(density, density);
  context.fillStyle = getComputedStyle(canvas).color;
  const bar = (x: number, level: number) => {
    const tall = Math.max(LEAST_PX, level * height);
    context.beginPath();
    context.roundRect(x, (height - tall) / 2, BAR_PX, tall, BAR_PX / 2);
    context.fill();
  };
  const fit = Math.floor((width + STEP_PX - BAR_PX) / STEP_PX);
  if ("length" in bars) {
    const line = (long: number) => {
      context.beginPath();
      context.roundRect(0, height / 2 - LEAST_PX, long, 2 * LEAST_PX, LEAST_PX);
      context.fill();
    };
    line(Math.max(2 * LEAST_PX, width * bars.length));
    context.globalAlpha = 0.2;
    line(width);
  } else if ("last" in bars) {
    const shown = bars.last.slice(-fit);
    shown.forEach((level, index) => {
      bar(width - (shown.length - index) * STEP_PX, level);
    });
  } else {
    for (let index = 0; index < fit; index++) {
      context.globalAlpha = (index + 0.5) / fit <= bars.played ? 1 : 0.35;
      bar(index * STEP_PX, loudest(bars.all, index / fit, (index + 1) / fit));
    }
  }
}

/** Of a part of the note; quiet parts between words would vanish in an average. */
function loudest(levels: readonly number[], from: number, to: number): number {
  const first = Math.floor(from * levels.length);
  const part = levels.slice(first, Math.max(first + 1, Math.floor(to * levels.length)));
  return Math.max(0, ...part);
}
