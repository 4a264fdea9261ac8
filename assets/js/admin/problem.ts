import { ApiError } from "../shared/api";
import { formatDuration, has, t } from "../shared/i18n";

/** A failure in words for people. The server's own sentence is English and for developers. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiError)) return t("problem.unexpected");
  if (error.code === "rate_limited" && error.retryAfterMs) {
    return t("problem.rate_limited_for", { duration: formatDuration(error.retryAfterMs, true) });
  }
  if (error.code === "code" && error.body.tries_left !== undefined) {
    return t("problem.code_tries", { count: error.body.tries_left });
  }
  if (error.code === "invalid_field" && error.body.field === "code") return t("problem.code");
  const key = `problem.${error.code}`;
  return t(has(key) ? key : "problem.unexpected");
}
