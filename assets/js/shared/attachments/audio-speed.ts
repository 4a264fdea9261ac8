import { load, save, signal } from "../kit";

const SPEEDS = [1, 1.5, 2];
const KEY = "konusma.audio.speed";

/** One for all recordings, remembered on this device. */
export const speed = signal(SPEEDS.find((one) => String(one) === load(KEY)) ?? 1);

export function nextSpeed(): void {
  speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1;
  save(KEY, String(speed.value));
}
