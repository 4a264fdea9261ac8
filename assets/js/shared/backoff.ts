const FIRST_MS = 1_000;
const MOST_MS = 30_000;

/** Doubles from one second to thirty; ±25 % so that a restarted server is not met by everyone at once. */
export function nextDelay(failures: number): number {
  const base = Math.min(MOST_MS, FIRST_MS * 2 ** failures);
  return Math.round(base * (0.75 + Math.random() / 2));
}
