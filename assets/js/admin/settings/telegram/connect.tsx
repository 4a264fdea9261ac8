import { useId, useState } from "preact/hooks";
import { locale, t } from "../../../shared/i18n";
import { Notice } from "../../ui/notice";
import { change, telegram } from "./state";

const STEPS = ["one", "two", "three"];

/** The token of a bot, and how to get one. */
export function Connect() {
  const id = useId();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function connect(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const wrong = await change("PUT", "/token", { token: token.trim() });
    setFault(wrong);
    setBusy(false);
    if (wrong) return;
    setToken("");
    const settings = telegram.value?.settings;
    // The bot speaks as this page does, until somebody chooses otherwise.
    if (settings) await change("PUT", "/settings", { ...settings, language: locale.value });
  }

  return (
    <form class="telegram-connect" onSubmit={(event) => void connect(event)}>
      <ol>
        {STEPS.map((step) => (
          <li key={step}>
            {t(`settings.telegram.step.${step}`)}
            {step === "one" && (
              <>
                {" "}
                <a href="https://t.me/BotFather" target="_blank" rel="noreferrer">
                  @BotFather
                </a>
              </>
            )}
          </li>
        ))}
      </ol>
      <div class="field">
        <label for={id}>{t("settings.telegram.token")}</label>
        <input
          id={id}
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          data-testid="telegram-token"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </div>
      <button
        class="button primary"
        type="submit"
        disabled={busy || token.trim() === ""}
        data-testid="telegram-connect"
      >
        {t(busy ? "settings.telegram.connecting" : "settings.telegram.connect")}
      </button>
      {fault && (
        <div data-testid="telegram-token-fault">
          <Notice tone="bad">{fault}</Notice>
        </div>
      )}
    </form>
  );
}
