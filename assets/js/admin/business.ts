import { effect, signal } from "@preact/signals";
import { applyAccent } from "../shared/accent";
import { api } from "../shared/api";
import type { Info } from "../shared/types";
import { settings } from "./store";

/** Whose panel this is, known before anybody has signed in. */
export const businessName = signal<string | null>(null);
/** What files the server takes, once that is known. */
export const uploadLimits = signal<Info["uploads"] | undefined>(undefined);

export async function greetInOwnColours(): Promise<void> {
  effect(() => {
    if (!settings.value) return;
    businessName.value = settings.value.business_name;
    applyAccent(settings.value.accent);
    const limits = uploadLimits.peek();
    if (limits) uploadLimits.value = { ...limits, types: settings.value.upload_types };
  });
  try {
    const info = await api<Info>("GET", "/api/info");
    businessName.value ??= info.business_name;
    uploadLimits.value = info.uploads;
    if (!settings.value) applyAccent(info.accent);
  } catch {
    // Only the name and the colour are missing.
  }
}
