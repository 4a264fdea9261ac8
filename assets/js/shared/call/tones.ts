/** One note: when it begins, its pitch, how long it sounds. Seconds and hertz. */
type Note = readonly [at: number, hertz: number, length: number];

interface Tune {
  notes: readonly Note[];
  /** Milliseconds from one round to the next. */
  everyMs: number;
  loudest: number;
}

/** A phone that rings: a small rising figure, twice. */
const RING: Tune = {
  notes: [0, 0.95].flatMap((at): Note[] => [
    [at, 523.25, 0.5],
    [at + 0.14, 659.25, 0.5],
    [at + 0.28, 783.99, 0.5],
    [at + 0.42, 1046.5, 0.75],
  ]),
  everyMs: 3_400,
  loudest: 0.16,
};
/** What the caller hears: the tone of telephones, softer, 450 Hz as in Turkey. */
const RING_BACK: Tune = { notes: [[0, 450, 1.6]], everyMs: 4_600, loudest: 0.05 };
const CONNECTED: Tune = {
  notes: [
    [0, 659.25, 0.22],
    [0.1, 987.77, 0.35],
  ],
  everyMs: 0,
  loudest: 0.08,
};
const ENDED: Tune = {
  notes: [
    [0, 587.33, 0.22],
    [0.13, 392, 0.4],
  ],
  everyMs: 0,
  loudest: 0.08,
};
const TUNES = { ring: RING, "ring-back": RING_BACK, connected: CONNECTED, ended: ENDED };

/** Longer than any of the short ones. */
const ONCE_MS = 1_500;
const VIBRATION_MS = [350, 150, 350, 900];

let context: AudioContext | undefined;
let output: GainNode | undefined;
let timer: number | undefined;

/** Plays one of them in place of what played before. Ringing goes on until `hush`. */
export function play(name: keyof typeof TUNES): void {
  hush();
  const tune = TUNES[name];
  const round = () => {
    // Before somebody touched the page, a browser plays nothing and complains; a ring may be heard from then on.
    if (!hasBeenTouched()) return;
    if (name === "ring") navigator.vibrate?.(VIBRATION_MS);
    sound(tune);
  };
  round();
  timer = tune.everyMs ? window.setInterval(round, tune.everyMs) : window.setTimeout(hush, ONCE_MS);
}

/** At once, in the middle of a note. */
export function hush(): void {
  clearInterval(timer);
  timer = undefined;
  // A context that runs keeps the sound hardware awake.
  void context?.suspend().catch(() => {});
  output?.disconnect();
  output = undefined;
  if (hasBeenTouched()) navigator.vibrate?.(0);
}

function sound(tune: Tune): void {
  context ??= new AudioContext();
  const audio = context;
  void audio.resume().catch(() => {});
  if (!output) {
    output = audio.createGain();
    output.connect(audio.destination);
  }
  for (const [at, hertz, length] of tune.notes) {
    const start = audio.currentTime + at + 0.02;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(tune.loudest, start + 0.015);
    // A long tone holds; a short one rings out like a bell.
    if (length > 1) volume.gain.setValueAtTime(tune.loudest, start + length - 0.1);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + length);
    tone.connect(volume).connect(output);
    tone.start(start);
    tone.stop(start + length);
  }
}

const hasBeenTouched = () => navigator.userActivation?.hasBeenActive !== false;
