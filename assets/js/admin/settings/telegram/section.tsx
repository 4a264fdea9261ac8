import { useEffect } from "preact/hooks";
import { t } from "../../../shared/i18n";
import { Skeleton } from "../../../shared/ui/skeleton";
import { isOwner } from "../../access";
import { Notice } from "../../ui/notice";
import { Choices } from "./choices";
import { Chosen } from "./chosen";
import { Connect } from "./connect";
import { Queue } from "./queue";
import { Start } from "./start";
import { refresh, telegram } from "./state";

const LOOK_MS = 2000;

/** From the token to a phone that rings, a step at a time; then how it is. */
export function TelegramSection() {
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => !document.hidden && void refresh(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const known = telegram.value;
  if (!known) return <Skeleton label={t("loading")} lines={5} />;
  const { state, fault, bot, chat } = known;
  return (
    <div class="telegram" data-testid="telegram" data-state={state}>
      <p class="settings-lead" role="status">
        {t(`settings.telegram.is.${state}`)}
      </p>
      {fault && (
        <Notice tone="bad">
          <b>{t(`settings.telegram.fault.${fault.code}`)}</b> {t(`settings.telegram.fault.${fault.code}.fix`)}
        </Notice>
      )}
      {state === "off" && isOwner.value && <Connect />}
      {bot && (
        <p class="telegram-bot" data-testid="telegram-bot">
          <b>{bot.name}</b> <span>@{bot.username}</span>
          {known.pinned.token && <small>{t("settings.telegram.pinned")}</small>}
        </p>
      )}
      {isOwner.value && bot && !chat && <Start />}
      {chat && <Chosen />}
      {isOwner.value && chat && <Choices />}
      {state !== "off" && <Queue />}
    </div>
  );
}
