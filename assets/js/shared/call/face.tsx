import { Avatar, type ReadonlySignal, useRef } from "../kit";
import { useLevel } from "./level-of";

interface Props {
  name: string;
  size?: "s" | "m" | "l";
  /** It waits for somebody. */
  pulsing?: boolean;
  level: ReadonlySignal<number>;
}

/** Who one talks to; a ring around shows that they speak. */
export function Face({ name, size = "m", pulsing = false, level }: Props) {
  const ref = useRef<HTMLSpanElement>(null);
  useLevel(ref, level);
  return (
    <span class={`call-face ${size} ${pulsing ? "pulsing" : ""}`} ref={ref} data-testid="call-their-level">
      <Avatar name={name} size={size} />
    </span>
  );
}
