import { effect } from "@preact/signals";
import type { Ring } from "../../shared/call/types";
import { t } from "../../shared/i18n";
import { openThread } from "../route";
import { rings } from "./hook";

/** The browser's own notice for each call that rings while the tab is away; gone with the ringing. */
export function notifyOfRings(): () => void {
  const shown = new Map<string, Notification>();
  const stop = effect(() => {
    const ringing = rings.value;
    for (const [id, notice] of shown) {
      if (ringing.some(({ call_id }) => call_id === id)) continue;
      notice.close();
      shown.delete(id);
    }
    for (const ring of ringing) {
      if (shown.has(ring.call_id) || !document.hidden) continue;
      const notice = notification(ring);
      if (notice) shown.set(ring.call_id, notice);
    }
  });
  return () => {
    stop();
    for (const notice of shown.values()) notice.close();
  };
}

function notification({ call_id, room, from, media }: Ring): Notification | null {
  if (!("Notification" in window) || Notification.permission !== "granted") return null;
  try {
    const notice = new Notification(t("ring.title-of", { name: from }), {
      body: t(`ring.${media}`),
      tag: `call-${call_id}`,
      requireInteraction: true,
    });
    // Answering needs the microphone, and so the page: the card is there.
    notice.onclick = () => {
      window.focus();
      openThread(room);
      notice.close();
    };
    return notice;
  } catch {
    // Chrome on Android only lets a service worker do this.
    return null;
  }
}
