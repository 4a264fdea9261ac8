import trash from "icon:trash-2";
import { useRef } from "preact/hooks";
import { formatMoment, relative, t } from "../../../shared/i18n";
import { IconButton } from "../../../shared/ui/icon-button";
import { isOwner } from "../../access";
import { hashOf } from "../../route";
import { now } from "../../store";
import { changeTelegram } from "../../telegram";
import { Notice } from "../../ui/notice";
import type { FailedNotice, Telegram } from "../../wire";
import { useAct } from "./use-act";
import { noticeKind } from "./words";

/** What waits, and what was given up. */
export function Delivery({ known }: { known: Telegram }) {
  const { queue, delivered_at, failed } = known;
  const when = (at: number) => relative(at, Math.max(now.value, at));
  const facts = [
    queue.oldest_at && t("telegram.queue.oldest", { when: when(queue.oldest_at) }),
    delivered_at && t("telegram.queue.delivered", { when: when(delivered_at) }),
  ].filter(Boolean);
  return (
    <section class="tg-part" aria-labelledby="tg-delivery">
      <h3 id="tg-delivery" tabIndex={-1}>
        {t("telegram.delivery")}
      </h3>
      <div class="setting" data-testid="telegram-queue" data-waiting={queue.waiting}>
        <div>
          <h3>{queue.waiting ? t("telegram.queue", { count: queue.waiting }) : t("telegram.queue.none")}</h3>
          <p>{facts.length ? facts.join(" · ") : t("telegram.queue.text")}</p>
        </div>
      </div>
      {failed.length > 0 && <Failed failed={failed} />}
    </section>
  );
}

function Failed({ failed }: { failed: FailedNotice[] }) {
  const [busy, fault, act] = useAct();
  const heading = useRef<HTMLHeadingElement>(null);

  /** The row and its buttons go; whoever pressed them stays in the list. */
  async function change(method: "POST" | "DELETE", what: string, body?: unknown): Promise<void> {
    const list = heading.current;
    if (await act(() => changeTelegram(method, what, body))) {
      (list?.isConnected ? list : document.getElementById("tg-delivery"))?.focus();
    }
  }

  return (
    <div class="tg-failed">
      <div class="tg-failed-head">
        <h4 ref={heading} tabIndex={-1}>
          {t("telegram.failed", { count: failed.length })}
        </h4>
        {isOwner.value && failed.length > 1 && (
          <button
            class="button plain small"
            type="button"
            disabled={busy}
            data-testid="telegram-retry-all"
            onClick={() => void change("POST", "/failed/retry", {})}
          >
            {t("telegram.failed.retry-all")}
          </button>
        )}
      </div>
      <p>{t("telegram.failed.text")}</p>
      {fault && <Notice tone="bad">{fault}</Notice>}
      <ul>
        {failed.map((notice) => (
          <Letter
            key={notice.id}
            notice={notice}
            busy={busy}
            onRetry={() => void change("POST", "/failed/retry", { id: notice.id })}
            onDiscard={() => void change("DELETE", `/failed/${notice.id}`)}
          />
        ))}
      </ul>
    </div>
  );
}

interface LetterProps {
  notice: FailedNotice;
  busy: boolean;
  onRetry: () => void;
  onDiscard: () => void;
}

function Letter({ notice, busy, onRetry, onDiscard }: LetterProps) {
  const { kind, room, name, at, error, attempts } = notice;
  const what = noticeKind(kind);
  const named = name ? t("telegram.failed.of", { kind: what, name }) : what;
  return (
    <li data-testid="telegram-failed" data-id={notice.id}>
      <div>
        <b>{what}</b>
        {name &&
          (room ? (
            <a href={hashOf({ view: "conversation", room, visitor: false })}>{name}</a>
          ) : (
            <span>{name}</span>
          ))}
        <small title={formatMoment(at)}>
          {relative(at, Math.max(now.value, at))} · {t("telegram.failed.tried", { count: attempts })}
        </small>
        {/* Telegram's own words. */}
        <code lang="en">{error}</code>
      </div>
      {isOwner.value && (
        <div class="tg-letter-actions">
          <button
            class="button plain small"
            type="button"
            disabled={busy}
            aria-label={t("telegram.failed.retry-named", { what: named })}
            data-testid="telegram-retry"
            onClick={onRetry}
          >
            {t("telegram.failed.retry")}
          </button>
          <IconButton
            icon={trash}
            label={t("telegram.failed.discard", { what: named })}
            disabled={busy}
            data-testid="telegram-discard"
            onClick={onDiscard}
          />
        </div>
      )}
    </li>
  );
}
