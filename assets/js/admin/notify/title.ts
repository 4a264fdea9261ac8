import { effect } from "@preact/signals";
import { businessName } from "../business";
import { unread } from "../store";

/** The tab's title and the app's badge show how many messages wait. */
export function followUnread(): void {
  effect(() => {
    const name = businessName.value;
    const title = name ? `${name} · Konuşma` : "Konuşma";
    document.title = unread.value > 0 ? `(${unread.value}) ${title}` : title;
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
