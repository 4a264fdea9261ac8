/** 0:07, 12:34, 1:02:03 */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A whole recording: 7.98 s are 0:08, and nothing is 0:00 long. */
export const lengthClock = (ms: number): string => clock(Math.max(1, Math.round(ms / 1000)) * 1000);
