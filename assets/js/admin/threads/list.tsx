import external from "icon:external-link";
import inbox from "icon:inbox";
import searchX from "icon:search-x";
import { t } from "../../shared/i18n";
import type { Hit, Thread } from "../../shared/types";
import { Icon } from "../../shared/ui/icon";
import { hasMore, loadList } from "../lists";
import { book, type Found, filter, lists, shownThreads } from "../store";
import { Empty } from "../ui/empty";
import { More } from "./more";
import { Row } from "./row";
import { RowSkeletons } from "./row-skeletons";

export function ThreadList() {
  const threads = shownThreads.value;
  const state = lists.value[filter.value] ?? "loading";
  if (threads.length > 0) return <Rows rows={threads.map((thread) => ({ thread }))} />;
  if (state === "loading") return <RowSkeletons />;
  if (state === "failed") return <Failed onRetry={() => void loadList()} />;
  const counts = book.value.counts;
  const firstDay = filter.value === "open" && counts?.closed === 0;
  return (
    <Empty icon={inbox} title={t(`empty.${filter.value}.title`)} text={t(`empty.${filter.value}.text`)}>
      {firstDay && (
        <a class="button plain" href="/" target="_blank" rel="noopener">
          {t("empty.open.try")}
          <Icon body={external} />
        </a>
      )}
    </Empty>
  );
}

export function FoundList({ found }: { found: Found }) {
  const rows = found.hits.flatMap(({ room, hit }) => {
    const thread = book.value.threads[room];
    return thread ? [{ thread, hit }] : [];
  });
  return (
    <>
      <p class="found-count" role="status">
        {found.state === "ready" &&
          rows.length > 0 &&
          t(found.next ? "found.many" : "found.count", { count: rows.length })}
        {found.state === "loading" && t("found.searching")}
      </p>
      {rows.length > 0 && <Rows rows={rows} query={found.query} />}
      {rows.length === 0 && found.state === "loading" && <RowSkeletons />}
      {found.state === "failed" && <p class="list-fault">{t("found.failed")}</p>}
      {rows.length === 0 && found.state === "ready" && (
        <Empty
          icon={searchX}
          title={t("found.none", { query: found.query.trim() })}
          text={t("found.none.text")}
        />
      )}
    </>
  );
}

function Rows({ rows, query = "" }: { rows: { thread: Thread; hit?: Hit | undefined }[]; query?: string }) {
  return (
    <>
      <ul class="rows" aria-label={t("threads")}>
        {rows.map(({ thread, hit }) => (
          <Row key={thread.room} thread={thread} hit={hit} query={query} />
        ))}
      </ul>
      {hasMore() && <More />}
    </>
  );
}

function Failed({ onRetry }: { onRetry: () => void }) {
  return (
    <div class="list-fault" role="alert">
      <p>{t("list.failed")}</p>
      <button class="button plain" type="button" onClick={onRetry}>
        {t("try-again")}
      </button>
    </div>
  );
}
