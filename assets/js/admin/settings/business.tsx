import { t } from "../../shared/i18n";
import type { Locale } from "../../shared/types";
import { isOwner } from "../access";
import { Field } from "../ui/field";
import { TextArea } from "../ui/text-area";
import { AccentPicker } from "./accent-picker";
import { edit, edited } from "./draft";

const GREETINGS: [Locale, string][] = [
  ["tr", "settings.greeting.tr"],
  ["en", "settings.greeting.en"],
];
const GREETING_CHARS = 300;
const MINUTE_MS = 60_000;
const LATE_MINUTES_MAX = 24 * 60;

export function BusinessSection() {
  const settings = edited.value;
  if (!settings) return null;
  const readOnly = !isOwner.value;
  return (
    <div class="form">
      <Field
        label={t("setup.business_name")}
        hint={t("setup.business_name.hint")}
        value={settings.business_name}
        onInput={(business_name) => edit({ business_name })}
        maxLength={80}
        readOnly={readOnly}
        data-testid="settings-business-name"
      />
      {GREETINGS.map(([language, label]) => (
        <TextArea
          key={language}
          label={t(label)}
          lang={language}
          value={settings.greeting[language]}
          onInput={(text) => edit({ greeting: { ...settings.greeting, [language]: text } })}
          placeholder={t(`settings.greeting.default.${language}`)}
          maxLength={GREETING_CHARS}
          rows={2}
          readOnly={readOnly}
        />
      ))}
      <AccentPicker accent={settings.accent} onChange={(accent) => edit({ accent })} disabled={readOnly} />
      <Field
        label={t("settings.late")}
        hint={t("settings.late.hint")}
        type="number"
        inputMode="numeric"
        class="narrow"
        min={1}
        max={LATE_MINUTES_MAX}
        value={String(Math.round(settings.late_after_ms / MINUTE_MS))}
        onInput={(text) => {
          const minutes = Math.round(Number(text));
          if (minutes >= 1 && minutes <= LATE_MINUTES_MAX) edit({ late_after_ms: minutes * MINUTE_MS });
        }}
        readOnly={readOnly}
      />
    </div>
  );
}
