import check from "icon:check";
import { relative, t } from "../../../shared/i18n";
import { Icon } from "../../../shared/ui/icon";
import { isOwner } from "../../access";
import { now } from "../../store";
import { changeTelegram } from "../../telegram";
import { Notice } from "../../ui/notice";
import type { Telegram } from "../../wire";
import { Awaiting, Step, type StepState } from "./step";
import { useAct } from "./use-act";

/** Did you get it? */
export function TestStep({ known, step }: { known: Telegram; step: StepState }) {
  const [busy, fault, act] = useAct();
  const { chat, test } = known;
  const when = (at: number) => relative(at, Math.max(now.value, at));
  return (
    <Step number={3} title={t(step === "done" ? "telegram.test.named" : "telegram.test.title")} state={step}>
      {!test && <p>{t("telegram.test.text")}</p>}
      <div role="status">
        {test && !test.confirmed_at && (
          <div data-testid="telegram-test-result" data-state="sent">
            <Awaiting>{t("telegram.test.sent", { when: when(test.sent_at) })}</Awaiting>
          </div>
        )}
        {test?.confirmed_at && (
          <p class="tg-got-it" data-testid="telegram-test-result" data-state="confirmed">
            <Icon body={check} />
            <span>
              {t(test.by ? "telegram.test.confirmed-by" : "telegram.test.confirmed", {
                name: test.by ?? "",
                when: when(test.confirmed_at),
              })}
            </span>
          </p>
        )}
      </div>
      {chat && isOwner.value && (
        <button
          class={`button small ${step === "current" && !test ? "primary" : "plain"}`}
          type="button"
          disabled={busy}
          data-testid="telegram-test"
          onClick={() => void act(() => changeTelegram("POST", "/test"))}
        >
          {t(busy ? "telegram.test.sending" : test ? "telegram.test.again" : "telegram.test.send")}
        </button>
      )}
      {fault && <Notice tone="bad">{fault}</Notice>}
    </Step>
  );
}
