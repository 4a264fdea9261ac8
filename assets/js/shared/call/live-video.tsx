import { type ReadonlySignal, type RefObject, useEffect, useRef } from "../kit";

interface Props {
  stream: ReadonlySignal<MediaStream | null>;
  class: string;
  testid: string;
  /** For picture-in-picture. */
  element?: RefObject<HTMLVideoElement | null>;
}

/** A stream as it comes. It has no sound: that is the speaker's, so no browser refuses to play it. */
export function LiveVideo({ stream, class: name, testid, element }: Props) {
  const own = useRef<HTMLVideoElement>(null);
  const ref = element ?? own;
  useEffect(
    () =>
      stream.subscribe((value) => {
        if (ref.current) ref.current.srcObject = value;
      }),
    [stream, ref],
  );
  return (
    <video
      class={name}
      ref={ref}
      autoPlay
      playsInline
      muted
      disablePictureInPicture={!element}
      data-testid={testid}
    />
  );
}
