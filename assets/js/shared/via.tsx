import send from "icon:send";
import { t } from "./i18n";
import { Icon } from "./ui/icon";

/** Below an agent's message that was not written on our page. For `<Thread via={Via}>` where agents read. */
export function Via() {
  const words = t("via.telegram");
  return (
    <>
      <span aria-hidden="true">·</span>
      <span class="via" title={words} data-testid="via-telegram">
        <Icon body={send} />
        <span class="visually-hidden">{words}</span>
        <span aria-hidden="true">Telegram</span>
      </span>
    </>
  );
}
