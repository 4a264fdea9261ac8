import { effect } from "@preact/signals";
import { t } from "../../shared/i18n";
import { businessName } from "../business";
import { rings } from "../calls/hook";
import { unread } from "../store";

/** The tab's title and the app's badge show how many messages wait; the title of a tab that rings says who calls. */
export function followUnread(): void {
  effect(() => {
    const name = businessName.value;
    const title = name ? `${name} · Konuşma` : "Konuşma";
    const caller = rings.value[0]?.from;
    const calm = unread.value > 0 ? `(${unread.value}) ${title}` : title;
    document.title = caller === undefined ? calm : `☎ ${t("ring.title-of", { name: caller })}`;
    void setBadge(unread.value);
  });
}

async function setBadge(count: number): Promise<void> {
  try {
    await navigator.setAppBadge?.(count);
  } catch {
    // Only installed apps have one.
  }
}
