import { inWords } from "../../shared/attachments/said";
import { t } from "../../shared/i18n";
import type { Message } from "../../shared/types";
import { openRoom, openThread } from "../route";
import { isAnsweredCall } from "../rules/threads";
import { book, soundOn } from "../store";
import { chime } from "./sound";

/** Tells the agent about a visitor's message, unless it is on screen right now. */
export function announce(message: Message): void {
  if (message.from !== "visitor" || isAnsweredCall(message)) return;
  const thread = book.value.threads[message.room];
  if (!thread || thread.blocked) return;
  if (!document.hidden && openRoom.value === message.room) return;
  if (soundOn.value) chime();
  if (document.hidden) notification(thread.name, message);
}

function notification(name: string, message: Message): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    // One per conversation: a newer message takes the older one's place.
    const shown = new Notification(name, {
      body: inWords(message) || t("notify.new-message"),
      tag: message.room,
    });
    shown.onclick = () => {
      window.focus();
      openThread(message.room);
      shown.close();
    };
  } catch {
    // Chrome on Android only lets a service worker do this.
  }
}
