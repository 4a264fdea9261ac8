import signalGood from "icon:signal-high";
import signalWeak from "icon:signal-low";
import { Icon, t } from "../kit";
import { Timer } from "./timer";
import type { Call } from "./types";
import { statusWords } from "./words";

/** Under the name: what it waits for, or time and quality. */
export function StateLine({ call }: { call: Call }) {
  const { is } = call.phase.value;
  if (is !== "connected") return <p class={`call-status ${is}`}>{statusWords(call)}</p>;
  const quality = call.quality.value;
  return (
    <p class="call-status">
      <Timer since={call.connectedAt.value} />
      {quality && (
        <span
          class={`call-quality ${quality.level}`}
          data-testid="call-quality"
          data-level={quality.level}
          data-path={quality.relayed ? "relayed" : "direct"}
        >
          <Icon body={quality.level === "good" ? signalGood : signalWeak} />
          {quality.level === "good" ? t("call.quality.good") : t("call.quality.weak")}
          <span class="call-path">{quality.relayed ? t("call.relayed") : t("call.direct")}</span>
        </span>
      )}
    </p>
  );
}
