import type { CallHook } from "../shared/calls";
import { t } from "../shared/i18n";
import { Avatar } from "../shared/ui/avatar";
import { CallButtons } from "./call-buttons";
import { LanguageSwitch } from "./language-switch";
import { PresenceText } from "./presence-text";
import { info, presence } from "./store";

/** Who the visitor is talking to. Buttons that concern the whole chat go to its end. */
export function TopBar({ calls }: { calls: CallHook }) {
  const name = info.value?.business_name;
  return (
    <header class="top">
      {name ? (
        <>
          <Avatar name={name} here={presence.value?.state === "here"} />
          <div class="grow">
            <h1>{name}</h1>
            <PresenceText short />
          </div>
        </>
      ) : (
        <div class="top-skeleton grow" role="status" aria-label={t("loading")}>
          <h1 class="visually-hidden">{t("chat")}</h1>
          <i />
          <span />
        </div>
      )}
      <CallButtons calls={calls} />
      <LanguageSwitch />
    </header>
  );
}
