export interface Box {
  width: number;
  height: number;
}

/** Pixels on the page. Narrow screens may show it smaller, at the same ratio. */
const MOST: Box = { width: 320, height: 360 };
/** Below that a panorama would be a line that nobody can press. */
const LEAST: Box = { width: 96, height: 72 };
/** A caption or a quote beside the picture needs at least this to be read. */
const LEAST_WITH_TEXT = 220;

/** The room a picture takes in the thread, known before any of it is loaded. */
export function imageBox({ width = 0, height = 0 }: Partial<Box>, withText = false): Box {
  const scale = Math.min(1, MOST.width / width, MOST.height / height);
  return {
    width: Math.max(Math.round(width * scale), withText ? LEAST_WITH_TEXT : LEAST.width),
    height: Math.max(Math.round(height * scale), LEAST.height),
  };
}
