import { computed } from "@preact/signals";
import { t } from "../../../shared/i18n";
import type { Locale } from "../../../shared/types";
import { isOwner } from "../../access";
import { telegram } from "../../store";
import { changeTelegram } from "../../telegram";
import { Setting } from "../../ui/setting";
import { Switch } from "../../ui/switch";
import type { TelegramChoices } from "../../wire";
import { newDraft } from "../drafts";
import { TimeZone } from "../time-zone";
import { refusal } from "./words";

const NOTIFY: TelegramChoices["notify"][] = ["away", "always"];
const LANGUAGES: [Locale, string][] = [
  ["tr", "Türkçe"],
  ["en", "English"],
];

const usualNight = () => ({
  from: "22:00",
  to: "08:00",
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

export const choices = newDraft<TelegramChoices>({
  stored: computed(() => telegram.value?.settings ?? null),
  faultOf: ({ quiet }) =>
    quiet && (!quiet.from || !quiet.to || quiet.from === quiet.to) ? t("telegram.quiet.refused") : null,
  put: (wanted) => changeTelegram("PUT", "/settings", wanted),
  refusalText: refusal,
});

/** When the phone rings, and in which language. */
export function Choices() {
  const wanted = choices.edited.value;
  if (!wanted) return null;
  const { notify, quiet, language } = wanted;
  const readOnly = !isOwner.value;
  return (
    <section class="tg-part" aria-labelledby="tg-choices">
      <h3 id="tg-choices">{t("telegram.choices")}</h3>
      <div class="settings-list tg-choices">
        <Setting title={t("telegram.notify")} text={t(`telegram.notify.${notify}.text`)}>
          <fieldset class="segmented" disabled={readOnly}>
            <legend class="visually-hidden">{t("telegram.notify")}</legend>
            {NOTIFY.map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={notify === one}
                data-testid={`telegram-notify-${one}`}
                onClick={() => choices.edit({ notify: one })}
              >
                {t(`telegram.notify.${one}`)}
              </button>
            ))}
          </fieldset>
        </Setting>
        <div class="setting">
          <div>
            <h3>{t("telegram.quiet")}</h3>
            <p>{t("telegram.quiet.text")}</p>
          </div>
          <Switch
            label={t("telegram.quiet")}
            on={quiet !== null}
            disabled={readOnly}
            testId="telegram-quiet"
            onChange={(on) => choices.edit({ quiet: on ? usualNight() : null })}
          />
          {quiet && (
            <div class="tg-quiet">
              <span class="week-hours">
                <input
                  type="time"
                  aria-label={t("telegram.quiet.from")}
                  value={quiet.from}
                  disabled={readOnly}
                  data-testid="telegram-quiet-from"
                  onInput={(event) => choices.edit({ quiet: { ...quiet, from: event.currentTarget.value } })}
                />
                <span aria-hidden="true">–</span>
                <input
                  type="time"
                  aria-label={t("telegram.quiet.to")}
                  value={quiet.to}
                  disabled={readOnly}
                  data-testid="telegram-quiet-to"
                  onInput={(event) => choices.edit({ quiet: { ...quiet, to: event.currentTarget.value } })}
                />
              </span>
              <TimeZone
                value={quiet.time_zone}
                onChange={(time_zone) => choices.edit({ quiet: { ...quiet, time_zone } })}
                disabled={readOnly}
              />
            </div>
          )}
        </div>
        <Setting title={t("telegram.language")} text={t("telegram.language.text")}>
          <fieldset class="segmented" disabled={readOnly}>
            <legend class="visually-hidden">{t("telegram.language")}</legend>
            {LANGUAGES.map(([code, name]) => (
              <button
                key={code}
                type="button"
                lang={code}
                aria-pressed={language === code}
                data-testid={`telegram-language-${code}`}
                onClick={() => choices.edit({ language: code })}
              >
                {name}
              </button>
            ))}
          </fieldset>
        </Setting>
      </div>
    </section>
  );
}
