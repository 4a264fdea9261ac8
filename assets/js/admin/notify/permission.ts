import { signal } from "@preact/signals";
import { load, save } from "../../shared/storage";

const ASKED_KEY = "konusma.agent.notifications";

const canAsk = (): boolean =>
  "Notification" in window &&
  isSecureContext &&
  Notification.permission === "default" &&
  load(ASKED_KEY) === null;

/** Whether the question is still open: asked once on this device, in our own words first. */
export const shouldAsk = signal(canAsk());

export async function allowNotifications(): Promise<void> {
  dismissNotifications();
  await Notification.requestPermission();
}

export function dismissNotifications(): void {
  save(ASKED_KEY, "asked");
  shouldAsk.value = false;
}
