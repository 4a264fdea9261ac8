import retry from "icon:rotate-cw";
import { Icon, t, useEffect } from "../kit";
import type { Fate } from "./link";

export type Fault = Extract<Fate, string>;

interface Props {
  fault: Fault;
  /** The texts' key: picture, audio, file. */
  what: string;
  onRetry: () => void;
}

/** Instead of what did not come: why, and another try where that may help. */
export function Broken({ fault, what, onRetry }: Props) {
  useEffect(() => {
    if (fault === "gone") return;
    addEventListener("online", onRetry);
    return () => removeEventListener("online", onRetry);
  });
  return (
    <span class="broken" role="status" data-testid="attachment-broken" data-fault={fault}>
      <span>{t(fault === "gone" ? "file.gone" : `${what}.broken`)}</span>
      {fault !== "gone" && (
        <button type="button" class="text-button" onClick={onRetry}>
          <Icon body={retry} class="retry-icon" />
          {t("state.retry")}
        </button>
      )}
    </span>
  );
}
