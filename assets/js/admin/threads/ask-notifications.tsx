import bell from "icon:bell";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { allowNotifications, dismissNotifications, shouldAsk } from "../notify/permission";

/** Asks in our own words, once; only a yes leads to the browser's question. */
export function AskNotifications() {
  if (!shouldAsk.value) return null;
  return (
    <section class="ask" aria-label={t("notify.title")}>
      <Icon body={bell} />
      <p>{t("notify.ask")}</p>
      <div>
        <button class="text-button" type="button" onClick={() => void allowNotifications()}>
          {t("notify.yes")}
        </button>
        <button class="text-button quiet" type="button" onClick={dismissNotifications}>
          {t("notify.no")}
        </button>
      </div>
    </section>
  );
}
