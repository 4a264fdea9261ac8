import { t } from "../../../shared/i18n";
import { toast } from "../../../shared/ui/toast";
import { change, telegram } from "./state";

/** Where agents are to be told: press Start, or add the bot to a group. */
export function Start() {
  const known = telegram.value;
  if (!known?.start_url) return null;
  return (
    <div class="telegram-start">
      <div class="telegram-ways">
        <a
          class="button primary"
          href={known.start_url}
          target="_blank"
          rel="noreferrer"
          data-testid="telegram-start"
        >
          {t("settings.telegram.start")}
        </a>
        <a
          class="button plain"
          href={known.group_url ?? known.start_url}
          target="_blank"
          rel="noreferrer"
          data-testid="telegram-group"
        >
          {t("settings.telegram.group")}
        </a>
      </div>
      <p>{t("settings.telegram.group.text")}</p>
      {known.candidates.length > 0 && (
        <ul class="settings-list">
          {known.candidates.map(({ id, title, kind }) => (
            <li class="setting" key={id} data-testid="telegram-candidate" data-id={id}>
              <div>
                <h3>{title}</h3>
                <p>{t(`settings.telegram.candidate.${kind}`)}</p>
              </div>
              <button
                class="button plain small"
                type="button"
                data-testid="telegram-candidate-use"
                onClick={() =>
                  void change("PUT", "/chat", { id }).then((fault) => fault && toast(fault, "bad"))
                }
              >
                {t("settings.telegram.use")}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
