import { t } from "../../shared/i18n";

/** A conversation opened by its address, before anything is known of it. */
export function ConversationSkeleton() {
  return (
    <div class="conversation-skeleton" role="status" aria-label={t("loading")}>
      <div class="bar" aria-hidden="true">
        <i />
        <div>
          <b />
          <span />
        </div>
      </div>
      <div class="thread-skeleton" aria-hidden="true">
        <span class="theirs" />
        <span class="theirs short" />
        <span class="mine" />
        <span class="theirs" />
        <span class="mine short" />
      </div>
    </div>
  );
}
