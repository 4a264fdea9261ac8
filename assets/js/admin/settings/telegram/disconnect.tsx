import { useState } from "preact/hooks";
import { t } from "../../../shared/i18n";
import { changeTelegram } from "../../telegram";
import { Confirm } from "../../ui/confirm";
import { Notice } from "../../ui/notice";
import { Setting } from "../../ui/setting";
import { choices } from "./choices";
import { useAct } from "./use-act";

/** The way back to nothing. */
export function Disconnect({ bot }: { bot: string }) {
  const [asked, setAsked] = useState(false);
  const [, fault, act] = useAct();

  async function disconnect(): Promise<boolean> {
    const done = await act(() => changeTelegram("DELETE", ""));
    if (done) choices.discard();
    // What went wrong is said on the page.
    else setAsked(false);
    return done;
  }

  return (
    <>
      <Setting title={t("telegram.disconnect")} text={t("telegram.disconnect.short")}>
        <button
          class="button danger small"
          type="button"
          data-testid="telegram-disconnect"
          onClick={() => setAsked(true)}
        >
          {t("telegram.disconnect.button")}
        </button>
      </Setting>
      {fault && <Notice tone="bad">{fault}</Notice>}
      {asked && (
        <Confirm
          title={t("telegram.disconnect.title", { bot })}
          text={t("telegram.disconnect.text")}
          yes={t("telegram.disconnect.button")}
          act={disconnect}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}
