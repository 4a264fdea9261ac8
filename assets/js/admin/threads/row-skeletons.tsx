import { t } from "../../shared/i18n";

export function RowSkeletons() {
  return (
    <div role="status" aria-label={t("loading")}>
      {Array.from({ length: 7 }, (_, index) => (
        <div key={index} class="row-skeleton" aria-hidden="true">
          <i />
          <div>
            <b />
            <span />
          </div>
        </div>
      ))}
    </div>
  );
}
