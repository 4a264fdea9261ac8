import { t } from "../../shared/i18n";
import { toast } from "../../shared/ui/toast";
import { isOwner } from "../access";
import { dirty, discard, saveFault, saveSettings, saving } from "./draft";

/** Appears with the first change and stays until it is saved or taken back. */
export function SaveBar() {
  if (!dirty.value || !isOwner.value) return null;
  async function save(): Promise<void> {
    if (await saveSettings()) toast(t("settings.saved"), "good");
  }
  return (
    <section class="save-bar" aria-label={t("settings.unsaved")}>
      <p class={saveFault.value ? "bad" : ""} role="status">
        {saveFault.value ?? t("settings.unsaved")}
      </p>
      <button class="button plain small" type="button" onClick={discard} disabled={saving.value}>
        {t("settings.discard")}
      </button>
      <button
        class="button primary small"
        type="button"
        onClick={() => void save()}
        disabled={saving.value}
        data-testid="settings-save"
      >
        {t(saving.value ? "settings.saving" : "settings.save")}
      </button>
    </section>
  );
}
