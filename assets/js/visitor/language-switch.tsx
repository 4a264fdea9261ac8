import languages from "icon:languages";
import { locale, setLocale, t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { toast } from "../shared/ui/toast";

/** Named in the language it leads to: who needs it may not read the current one. */
export function LanguageSwitch() {
  const other = locale.value === "tr" ? "en" : "tr";
  const change = () => setLocale(other).catch(() => toast(t("language.failed"), "bad"));
  return (
    <button
      type="button"
      class="language"
      lang={other}
      data-testid="language-switch"
      title={t("language.switch")}
      onClick={change}
    >
      <Icon body={languages} />
      <span>{t("language.switch")}</span>
    </button>
  );
}
