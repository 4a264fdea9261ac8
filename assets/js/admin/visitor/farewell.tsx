import download from "icon:download";
import trash from "icon:trash-2";
import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { Icon } from "../../shared/ui/icon";
import { exportThread } from "../actions";
import { ConfirmErase } from "../conversation/confirm";

/** What a visitor may ask for by law: a copy of their data, or its end. */
export function Farewell({ thread }: { thread: Thread }) {
  const [asking, setAsking] = useState(false);
  return (
    <section class="farewell">
      <button
        class="button plain small"
        type="button"
        onClick={() => exportThread(thread.room)}
        data-testid="export-button"
      >
        <Icon body={download} />
        {t("export")}
      </button>
      <button
        class="button danger small"
        type="button"
        onClick={() => setAsking(true)}
        data-testid="erase-button"
      >
        <Icon body={trash} />
        {t("erase")}
      </button>
      {asking && <ConfirmErase thread={thread} onClose={() => setAsking(false)} />}
    </section>
  );
}
