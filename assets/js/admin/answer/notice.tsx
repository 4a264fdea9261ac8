import { useEffect } from "preact/hooks";
import { ApiError } from "../../shared/api";
import { t } from "../../shared/i18n";
import { problemText } from "../problem";
import { Notice } from "../ui/notice";
import { useCountdown } from "../ui/use-countdown";
import { answer, arrive } from "./link";

/** Where a link of the bot's did not lead in: said above the way that is left. */
export function AnswerNotice() {
  const at = answer.value;
  if (at.state === "expired") {
    return (
      <div data-testid="answer-expired">
        <Notice tone="plain">{t("answer.expired")}</Notice>
      </div>
    );
  }
  if (at.state !== "failed") return null;
  return (
    <div class="answer-failed" data-testid="answer-failed">
      <Notice tone="bad">
        {t("answer.failed")} {problemText(at.error)}
      </Notice>
      <RetryLink error={at.error} />
    </div>
  );
}

/** *Try again*, as soon as the server would listen. */
export function RetryLink({ error }: { error: unknown }) {
  const [wait, startWait] = useCountdown();
  useEffect(() => {
    if (error instanceof ApiError && error.retryAfterMs) startWait(error.retryAfterMs);
  }, [error]);
  return (
    <button
      class="button plain"
      type="button"
      data-testid="answer-retry"
      disabled={wait > 0}
      onClick={() => void arrive()}
    >
      {wait > 0 ? t("wait-seconds", { count: wait }) : t("try-again")}
    </button>
  );
}
