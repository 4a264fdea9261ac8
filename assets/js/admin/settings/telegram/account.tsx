import { useEffect } from "preact/hooks";
import { t } from "../../../shared/i18n";
import { toast } from "../../../shared/ui/toast";
import { call } from "../../access";
import { problemText } from "../../problem";
import { Setting } from "../../ui/setting";
import { refresh, telegram } from "./state";

const LOOK_MS = 3000;

/** Sign-in codes of this agent by Telegram. */
export function TelegramAccount() {
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => !document.hidden && void refresh(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const known = telegram.value;
  if (!known?.bot) return null;

  async function link(): Promise<void> {
    // Before the answer comes: a window that opens later is blocked.
    const tab = open("about:blank", "_blank");
    try {
      const { url } = await call<{ url: string }>("POST", "/api/admin/telegram/link");
      if (tab) tab.location.href = url;
      else location.href = url;
    } catch (error) {
      tab?.close();
      toast(problemText(error), "bad");
    }
  }

  async function unlink(): Promise<void> {
    try {
      await call<void>("DELETE", "/api/admin/telegram/link");
      await refresh();
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <Setting
      title={t("settings.telegram.codes")}
      text={t(known.linked ? "settings.telegram.codes.on" : "settings.telegram.codes.off")}
    >
      <button
        class="button plain small"
        type="button"
        data-testid={known.linked ? "telegram-unlink" : "telegram-link"}
        onClick={() => void (known.linked ? unlink() : link())}
      >
        {t(known.linked ? "settings.telegram.unlink" : "settings.telegram.link")}
      </button>
    </Setting>
  );
}
