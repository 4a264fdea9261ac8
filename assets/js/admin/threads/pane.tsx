import { t } from "../../shared/i18n";
import { businessName } from "../business";
import { found } from "../store";
import { Account } from "./account";
import { AskNotifications } from "./ask-notifications";
import { Filters } from "./filters";
import { FoundList, ThreadList } from "./list";
import { SearchField } from "./search-field";

export function ThreadsPane() {
  return (
    <section class="pane threads" aria-labelledby="threads-title">
      <header class="bar">
        <div class="bar-text">
          <h2 id="threads-title">{t("threads")}</h2>
          <small>{businessName.value}</small>
        </div>
      </header>
      <div class="threads-tools">
        <SearchField />
        {found.value === null && <Filters />}
      </div>
      <div class="threads-scroll" tabIndex={-1}>
        {found.value ? (
          <FoundList found={found.value} />
        ) : (
          <>
            <AskNotifications />
            <ThreadList />
          </>
        )}
      </div>
      <Account />
    </section>
  );
}
