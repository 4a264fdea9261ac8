import { t } from "../../shared/i18n";

export function Steps({ at, of }: { at: number; of: number }) {
  return (
    <p class="steps">
      <span class="visually-hidden">{t("step-of", { step: at, of })}</span>
      {Array.from({ length: of }, (_, index) => (
        <i key={index} class={index < at ? "done" : ""} aria-hidden="true" />
      ))}
    </p>
  );
}
