/** How often the level is taken: 20 a second looks alive and makes 18,000 numbers of the longest note. */
const LEVEL_EVERY_MS = 50;
/** Below it is silence, above it loud speech; in decibels of full scale. */
const QUIETEST_DB = -58;
const LOUDEST_DB = -12;
/** Speech needs no more; 15 minutes are 3.6 MB. */
const BITS_PER_SECOND = 32_000;

const FORMATS = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/ogg;codecs=opus", "ogg"],
  ["audio/mp4", "m4a"],
] as const;

/** A finished recording. */
export interface Note {
  blob: Blob;
  name: string;
  durationMs: number;
  /** Loudness through its length, each from 0 to 1. */
  levels: readonly number[];
}

export interface Recorder {
  /** Grows while it records. */
  readonly levels: readonly number[];
  elapsedMs(): number;
  stop(): Promise<Note>;
  cancel(): void;
}

/** Why there is no recording; `t("voice.refused." + reason)` says it in words. */
export type NoMicrophone = "denied" | "missing" | "in_use" | "failed";

/** Asks for the microphone and records at once. `onEnded`: the microphone went away by itself. */
export async function openRecorder(onEnded: () => void): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const letGo = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    return record(stream, letGo, onEnded);
  } catch (error) {
    letGo();
    throw error;
  }
}

function record(stream: MediaStream, letGo: () => void, onEnded: () => void): Recorder {
  const [mimeType, extension] = FORMATS.find(([mime]) => MediaRecorder.isTypeSupported(mime)) ?? ["", "webm"];
  const recorder = new MediaRecorder(stream, {
    audioBitsPerSecond: BITS_PER_SECOND,
    ...(mimeType && { mimeType }),
  });
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);

  const levels: number[] = [];
  const meter = openMeter(stream);
  const sampling = window.setInterval(() => levels.push(meter.level()), LEVEL_EVERY_MS);
  const startedAt = performance.now();
  let durationMs: number | undefined;
  const elapsedMs = () => durationMs ?? performance.now() - startedAt;

  function end(): void {
    durationMs ??= elapsedMs();
    clearInterval(sampling);
    meter.close();
    if (recorder.state !== "inactive") recorder.stop();
    // The browser takes its sign of recording away.
    letGo();
  }

  for (const track of stream.getTracks()) track.onended = onEnded;
  recorder.onerror = onEnded;
  recorder.start();

  return {
    levels,
    elapsedMs,
    cancel: end,
    async stop() {
      const whole = new Promise<void>((done) => {
        if (recorder.state === "inactive") done();
        recorder.onstop = () => done();
      });
      end();
      await whole;
      // Without parameters: the recorder's own type is what players know.
      const type = (recorder.mimeType || mimeType || "audio/webm").split(";")[0] ?? "";
      const blob = new Blob(pieces, { type });
      return { blob, name: `voice-note.${extension}`, durationMs: durationMs ?? 0, levels };
    },
  };
}

function openMeter(stream: MediaStream): { level: () => number; close: () => void } {
  const context = new AudioContext();
  void context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const db = 10 * Math.log10(power + 1e-10);
      return Math.min(1, Math.max(0, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
    },
    close: () => void context.close(),
  };
}

export function reasonOf(error: unknown): NoMicrophone {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return name === "NotReadableError" || name === "AbortError" ? "in_use" : "failed";
}
