/** Two soft notes, a fourth apart. Made here: no file to load, and it plays at the volume of a hint. */
const NOTES = [
  { hertz: 659.25, atSeconds: 0 },
  { hertz: 880, atSeconds: 0.11 },
];
const LOUDEST = 0.09;
const LENGTH_SECONDS = 0.42;
/** A burst of messages is one event to the ear. */
const QUIET_MS = 1_500;

let context: AudioContext | undefined;
let playedAt = 0;

export function chime(): void {
  // Until the person has touched the page a browser plays nothing, and would play all of it at the first touch.
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  if (Date.now() - playedAt < QUIET_MS) return;
  playedAt = Date.now();
  context ??= new AudioContext();
  // A browser may keep it suspended all the same; then there is silence, not an error.
  void context.resume().catch(() => {});
  for (const { hertz, atSeconds } of NOTES) note(context, hertz, context.currentTime + atSeconds);
}

function note(audio: AudioContext, hertz: number, at: number): void {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = "sine";
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDEST, at + 0.012);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + LENGTH_SECONDS);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + LENGTH_SECONDS);
}
