import { effect, type ReadonlySignal, signal } from "../kit";

export interface Speaker {
  /** The browser wants a touch first. */
  readonly blocked: ReadonlySignal<boolean>;
  play(track: MediaStreamTrack): void;
  /** From a click. */
  unblock(): void;
  close(): void;
}

/** Where the other side is heard, on the device of the person's choice. */
export function openSpeaker(device: ReadonlySignal<string>): Speaker {
  const audio = new Audio();
  const blocked = signal(false);
  const start = () =>
    void audio.play().then(
      () => {
        blocked.value = false;
      },
      (error: DOMException) => {
        // A newer track took this one's place: its own attempt counts.
        if (error.name === "NotAllowedError") blocked.value = true;
      },
    );
  const stop = effect(() => {
    const id = device.value;
    if ("setSinkId" in audio) void audio.setSinkId(id).catch(() => {});
  });
  return {
    blocked,
    play(track) {
      audio.srcObject = new MediaStream([track]);
      start();
    },
    unblock: start,
    close() {
      stop();
      audio.pause();
      audio.srcObject = null;
    },
  };
}

/** Whether a speaker can be chosen at all. */
export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;
