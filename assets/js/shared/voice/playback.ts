import type { Note } from "./recorder";

export interface Playback {
  toggle(): void;
  seek(atMs: number): void;
  close(): void;
}

/** Far beyond any end. */
const BEYOND_S = 1e7;

/** Plays a fresh recording. `onChange` hears where it is, as often as the screen is drawn. */
export function openPlayback(
  { blob, durationMs }: Note,
  onChange: (atMs: number, playing: boolean) => void,
): Playback {
  const url = URL.createObjectURL(blob);
  const audio = new Audio(url);
  let frame = 0;
  let measuring = false;
  const tell = () => {
    if (!measuring) onChange(Math.min(durationMs, audio.currentTime * 1_000), !audio.paused);
  };
  const follow = () => {
    tell();
    cancelAnimationFrame(frame);
    if (!audio.paused) frame = requestAnimationFrame(follow);
  };
  audio.onloadedmetadata = () => {
    // Chromium writes no length into a recording, and without one it does not seek: it finds out by going to the end.
    if (Number.isFinite(audio.duration)) return;
    measuring = true;
    audio.currentTime = BEYOND_S;
  };
  audio.ondurationchange = () => {
    if (!measuring || !Number.isFinite(audio.duration)) return;
    audio.currentTime = 0;
    measuring = false;
  };
  audio.onplay = follow;
  audio.onpause = follow;
  audio.onseeked = tell;
  audio.onended = () => {
    audio.currentTime = 0;
  };
  return {
    toggle() {
      if (audio.paused) void audio.play().catch(tell);
      else audio.pause();
    },
    seek(atMs) {
      audio.currentTime = atMs / 1_000;
      onChange(atMs, !audio.paused);
    },
    close() {
      cancelAnimationFrame(frame);
      audio.pause();
      audio.removeAttribute("src");
      URL.revokeObjectURL(url);
    },
  };
}
