import { useState } from "preact/hooks";
import { formatMoment, t } from "../../../shared/i18n";
import { toast } from "../../../shared/ui/toast";
import { isOwner } from "../../access";
import { Confirm } from "../../ui/confirm";
import { Setting } from "../../ui/setting";
import { change, telegram } from "./state";

/** Where agents are told, the test, and the way back. */
export function Chosen() {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const known = telegram.value;
  if (!known?.chat) return null;
  const { chat, test, pinned } = known;

  const act = async (method: "POST" | "DELETE", what: string): Promise<boolean> => {
    setBusy(true);
    const fault = await change(method, what);
    setBusy(false);
    if (fault) toast(fault, "bad");
    return !fault;
  };

  return (
    <>
      <Setting title={t("settings.telegram.chat")} text={t(`settings.telegram.kind.${chat.kind}`)}>
        <span class="pill" data-testid="telegram-chat">
          {chat.title}
        </span>
      </Setting>
      {isOwner.value && (
        <div class="setting">
          <div role="status">
            <h3>{t("settings.telegram.test")}</h3>
            {test && (
              <p data-testid="telegram-test-result" data-state={test.confirmed_at ? "confirmed" : "sent"}>
                {test.confirmed_at
                  ? `✓ ${t("settings.telegram.test.confirmed", { name: test.by ?? "", when: formatMoment(test.confirmed_at) })}`
                  : t("settings.telegram.test.sent")}
              </p>
            )}
          </div>
          <button
            class="button plain small"
            type="button"
            disabled={busy}
            data-testid="telegram-test"
            onClick={() => void act("POST", "/test")}
          >
            {t("settings.telegram.test.send")}
          </button>
        </div>
      )}
      {isOwner.value && !(pinned.token && pinned.chat) && (
        <div class="telegram-ways">
          {!pinned.chat && (
            <button
              class="button plain small"
              type="button"
              disabled={busy}
              data-testid="telegram-choose"
              onClick={() => void act("DELETE", "/chat")}
            >
              {t("settings.telegram.choose")}
            </button>
          )}
          {!pinned.token && (
            <button
              class="button plain small"
              type="button"
              disabled={busy}
              data-testid="telegram-disconnect"
              onClick={() => setAsked(true)}
            >
              {t("settings.telegram.disconnect")}
            </button>
          )}
        </div>
      )}
      {asked && (
        <Confirm
          title={t("settings.telegram.disconnect")}
          text={t("settings.telegram.disconnect.text")}
          yes={t("settings.telegram.disconnect.yes")}
          act={() => act("DELETE", "")}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}
