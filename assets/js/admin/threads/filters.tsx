import { t } from "../../shared/i18n";
import { showList } from "../lists";
import { FILTERS } from "../rules/threads";
import { book, filter } from "../store";

export function Filters() {
  const counts = book.value.counts;
  return (
    <fieldset class="filters">
      <legend class="visually-hidden">{t("filter")}</legend>
      {FILTERS.map((which) => (
        <button
          key={which}
          type="button"
          aria-pressed={filter.value === which}
          data-testid={`filter-${which}`}
          onClick={() => showList(which)}
        >
          {t(`filter.${which}`)}{" "}
          {counts && counts[which] > 0 && <span class="count">{t("number", { count: counts[which] })}</span>}
        </button>
      ))}
    </fieldset>
  );
}
