import { t } from "../../shared/i18n";
import { toast } from "../../shared/ui/toast";
import { isOwner } from "../access";
import { type Draft, discardAll, unsaved } from "./drafts";

/** Appears with the first change and stays until it is saved or taken back. */
export function SaveBar() {
  const drafts = unsaved.value;
  if (drafts.length === 0 || !isOwner.value) return null;
  const saving = drafts.some((draft) => draft.saving.value);
  const fault = drafts.find((draft) => draft.fault.value)?.fault.value;
  async function save(all: readonly Draft[]): Promise<void> {
    const saved = await Promise.all(all.map((draft) => draft.save()));
    if (saved.every(Boolean)) toast(t("settings.saved"), "good");
  }
  return (
    <section class="save-bar" aria-label={t("settings.unsaved")}>
      <p class={fault ? "bad" : ""} role="status">
        {fault ?? t("settings.unsaved")}
      </p>
      <button class="button plain small" type="button" onClick={discardAll} disabled={saving}>
        {t("settings.discard")}
      </button>
      <button
        class="button primary small"
        type="button"
        onClick={() => void save(drafts)}
        disabled={saving}
        data-testid="settings-save"
      >
        {t(saving ? "settings.saving" : "settings.save")}
      </button>
    </section>
  );
}
