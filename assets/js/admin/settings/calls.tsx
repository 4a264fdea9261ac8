import { t } from "../../shared/i18n";
import type { CallsAllowed } from "../../shared/types";
import { isOwner } from "../access";
import { Setting } from "../ui/setting";
import { ConnectionTest } from "./connection-test";
import { edit, edited } from "./draft";
import { RelayState, relay } from "./relay";

const CHOICES: CallsAllowed[] = ["off", "audio", "video"];
const STANDARD_PORT = 3478;

export function CallsSection() {
  const settings = edited.value;
  if (!settings) return null;
  const port = relay.value?.port ?? STANDARD_PORT;
  return (
    <>
      <Setting title={t("settings.calls.allowed")} text={t("settings.calls.allowed.text")}>
        <fieldset class="segmented" disabled={!isOwner.value}>
          <legend class="visually-hidden">{t("settings.calls.allowed")}</legend>
          {CHOICES.map((calls) => (
            <button
              key={calls}
              type="button"
              aria-pressed={settings.calls === calls}
              data-testid={`calls-${calls}`}
              onClick={() => edit({ calls })}
            >
              {t(`settings.calls.${calls}`)}
            </button>
          ))}
        </fieldset>
      </Setting>
      <RelayState />
      <ConnectionTest />
      <section class="ports">
        <h3>{t("settings.ports")}</h3>
        {/* A port is no quantity: it takes no separators. */}
        <p>{withCode(t("settings.ports.text", { port: String(port) }))}</p>
      </section>
    </>
  );
}

/** Names of settings of the server stand out. */
const withCode = (text: string) =>
  text.split(/(KONUSMA_\w+)/).map((piece, at) => (at % 2 ? <code key={at}>{piece}</code> : piece));
