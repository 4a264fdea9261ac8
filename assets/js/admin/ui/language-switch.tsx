import { locale, setLocale, t } from "../../shared/i18n";
import type { Locale } from "../../shared/types";

const LANGUAGES: [Locale, string][] = [
  ["tr", "Türkçe"],
  ["en", "English"],
];

export function LanguageSwitch() {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{t("language")}</legend>
      {LANGUAGES.map(([code, name]) => (
        <button
          key={code}
          type="button"
          lang={code}
          aria-pressed={locale.value === code}
          onClick={() => void setLocale(code)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
