import { effect, type ReadonlySignal, signal } from "../kit";

/** Twenty times a second looks alive. */
const EVERY_MS = 50;
/** Below it is silence, above it loud speech; in decibels of full scale. */
const QUIETEST_DB = -58;
const LOUDEST_DB = -14;

export interface Level {
  readonly value: ReadonlySignal<number>;
  close(): void;
}

let context: AudioContext | undefined;

/** How loud a track is, from 0 to 1; follows the signal when the track is another one. */
export function openLevel(track: ReadonlySignal<MediaStreamTrack | null>): Level {
  const value = signal(0);
  const stop = effect(() => {
    const it = track.value;
    if (!it) {
      value.value = 0;
      return;
    }
    context ??= new AudioContext();
    const audio = context;
    void audio.resume().catch(() => {});
    const analyser = audio.createAnalyser();
    analyser.fftSize = 1024;
    const source = audio.createMediaStreamSource(new MediaStream([it]));
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = window.setInterval(() => {
      if (document.hidden) return;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const db = 10 * Math.log10(power + 1e-10);
      const level = Math.min(1, Math.max(0, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
      // It rises at once and falls slowly, as ears do. Silence is not news.
      const next = Math.max(level, value.peek() * 0.8);
      value.value = next < 0.02 ? 0 : next;
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      source.disconnect();
    };
  });
  return { value, close: stop };
}

/** Between calls the sound hardware may sleep. */
export function restLevels(): void {
  void context?.close();
  context = undefined;
}
