import { type Signal, t } from "../kit";
import { formatPercent } from "./size";

const RADIUS = 20;
const LENGTH = 2 * Math.PI * RADIUS;
/** Something to see before the first byte is through. */
const LEAST = 0.04;

interface Props {
  progress: Signal<number>;
  label: string;
  /** False while it waits: the ring then turns. */
  going: boolean;
}

export function Ring({ progress, label, going }: Props) {
  const share = going ? progress.value : 0;
  return (
    <span
      class={`ring ${going && share < 1 ? "" : "turning"}`}
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={going ? formatPercent(share) : t("upload.waiting")}
      data-testid="upload-progress"
    >
      <svg viewBox="0 0 44 44" aria-hidden="true">
        <circle cx="22" cy="22" r={RADIUS} />
        <circle
          cx="22"
          cy="22"
          r={RADIUS}
          stroke-dasharray={LENGTH}
          stroke-dashoffset={LENGTH * (1 - Math.max(LEAST, going && share < 1 ? share : 0.25))}
        />
      </svg>
    </span>
  );
}
