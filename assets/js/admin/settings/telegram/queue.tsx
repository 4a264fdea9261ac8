import { formatMoment, t } from "../../../shared/i18n";
import { toast } from "../../../shared/ui/toast";
import { isOwner } from "../../access";
import type { FailedNotice } from "../../wire";
import { change, telegram } from "./state";

/** What waits, and what was given up. */
export function Queue() {
  const known = telegram.value;
  if (!known) return null;
  const { queue, failed, delivered_at } = known;
  const facts = [
    queue.waiting > 0 && t("settings.telegram.waiting", { count: queue.waiting }),
    queue.oldest_at && t("settings.telegram.oldest", { when: formatMoment(queue.oldest_at) }),
    delivered_at && t("settings.telegram.delivered", { when: formatMoment(delivered_at) }),
  ].filter(Boolean);
  return (
    <>
      {facts.length > 0 && <p data-testid="telegram-queue">{facts.join(" · ")}</p>}
      {failed.length > 0 && (
        <section aria-label={t("settings.telegram.failed")}>
          <h3>{t("settings.telegram.failed")}</h3>
          <ul class="settings-list">
            {failed.map((notice) => (
              <Failed key={notice.id} notice={notice} />
            ))}
          </ul>
          {isOwner.value && failed.length > 1 && (
            <button
              class="button plain small"
              type="button"
              data-testid="telegram-retry-all"
              onClick={() => void act("POST", "/failed/retry", {})}
            >
              {t("settings.telegram.retry-all")}
            </button>
          )}
        </section>
      )}
    </>
  );
}

async function act(method: "POST" | "DELETE", what: string, body?: unknown): Promise<void> {
  const fault = await change(method, what, body);
  if (fault) toast(fault, "bad");
}

function Failed({ notice: { id, kind, room, name, at, error, attempts } }: { notice: FailedNotice }) {
  const who = name ?? t("settings.telegram.nobody");
  return (
    <li class="setting" data-testid="telegram-failed">
      <div>
        <h3>
          {t(`settings.telegram.notice.${kind}`)} · {room ? <a href={`#/${room}`}>{who}</a> : who}
        </h3>
        <p>
          {formatMoment(at)} · {t("settings.telegram.attempts", { count: attempts })}
        </p>
        <p lang="en">
          <code>{error}</code>
        </p>
      </div>
      {isOwner.value && (
        <div class="telegram-ways">
          <button
            class="button plain small"
            type="button"
            data-testid="telegram-retry"
            onClick={() => void act("POST", "/failed/retry", { id })}
          >
            {t("settings.telegram.retry")}
          </button>
          <button
            class="button plain small"
            type="button"
            data-testid="telegram-discard"
            onClick={() => void act("DELETE", `/failed/${id}`)}
          >
            {t("settings.telegram.discard")}
          </button>
        </div>
      )}
    </li>
  );
}
