import { ApiError } from "../shared/api";
import { formatDuration, t } from "../shared/i18n";

/** Why what a form wanted did not work. */
export function faultWords(error: unknown): string {
  if (!(error instanceof ApiError)) return t("start.failed");
  if (error.code === "network") return t("start.offline");
  if (error.retryAfterMs) return t("start.wait", { time: formatDuration(error.retryAfterMs, true) });
  return t("start.failed");
}
