import { type ReadonlySignal, useEffect, useRef } from "../kit";

interface Props {
  stream: ReadonlySignal<MediaStream | null>;
  class: string;
  testid: string;
}

/** A stream as it comes. It has no sound: that is the speaker's, so no browser refuses to play it. */
export function LiveVideo({ stream, class: name, testid }: Props) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(
    () =>
      stream.subscribe((value) => {
        if (ref.current) ref.current.srcObject = value;
      }),
    [stream],
  );
  return <video class={name} ref={ref} autoPlay playsInline muted data-testid={testid} />;
}
