import { effect, type ReadonlySignal, signal } from "../kit";

/** Firefox has a button of its own on every picture instead. */
export const canFloat = document.pictureInPictureEnabled === true;

export interface Floating {
  readonly on: ReadonlySignal<boolean>;
  toggle(): void;
  close(): void;
}

/**
 * The other side's picture in a window of its own, over all other programs. It has its own element, so that the panel
 * may become small meanwhile.
 */
export function openFloating(stream: ReadonlySignal<MediaStream | null>): Floating {
  const on = signal(false);
  let video: HTMLVideoElement | undefined;

  const stop = effect(() => {
    if (!stream.value) close();
    else if (video) video.srcObject = stream.value;
  });

  async function open(): Promise<void> {
    const it = document.createElement("video");
    video = it;
    it.className = "visually-hidden";
    it.muted = true;
    it.playsInline = true;
    it.srcObject = stream.peek();
    it.addEventListener("leavepictureinpicture", close);
    document.body.append(it);
    try {
      await it.play();
      await it.requestPictureInPicture();
      on.value = true;
    } catch {
      // No picture has come yet, or the person closed it at once.
      close();
    }
  }

  function close(): void {
    const it = video;
    video = undefined;
    on.value = false;
    if (!it) return;
    it.removeEventListener("leavepictureinpicture", close);
    if (document.pictureInPictureElement === it) void document.exitPictureInPicture().catch(() => {});
    it.srcObject = null;
    it.remove();
  }

  return {
    on,
    toggle: () => (video ? close() : void open()),
    close() {
      stop();
      close();
    },
  };
}
