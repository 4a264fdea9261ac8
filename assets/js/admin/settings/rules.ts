import type { Settings } from "../wire";

export const CANNED_CHARS = 4_000;
export const REPLIES_MAX = 100;
export const SHORTCUT_CHARS = 30;

/** What is saved of what was typed: no stray blanks, no empty rows, holidays in order. */
export function tidy(settings: Settings): Settings {
  const { hours, greeting } = settings;
  return {
    ...settings,
    business_name: settings.business_name.trim(),
    greeting: { tr: greeting.tr.trim(), en: greeting.en.trim() },
    canned_replies: settings.canned_replies
      .map(({ shortcut, text }) => ({ shortcut: shortcut.trim().replace(/^\/+/, ""), text: text.trim() }))
      .filter(({ shortcut, text }) => shortcut || text),
    hours: hours && { ...hours, holidays: [...new Set(hours.holidays)].sort() },
  };
}

export interface Fault {
  /** A key of the locale files. */
  text: string;
  vars?: Record<string, string>;
}

/** The first thing that keeps tidied settings from being saved. */
export function faultOf(settings: Settings): Fault | null {
  if (!settings.business_name) return { text: "settings.refused.business_name" };
  const seen = new Set<string>();
  for (const { shortcut, text } of settings.canned_replies) {
    if (!shortcut || /[\s/]/.test(shortcut)) return { text: "settings.refused.shortcut" };
    if (!text) return { text: "settings.refused.reply-text", vars: { shortcut } };
    if (seen.has(shortcut)) return { text: "settings.refused.shortcut-twice", vars: { shortcut } };
    seen.add(shortcut);
  }
  const upsideDown = settings.hours?.week.some((day) => day && (!day.from || !day.to || day.from >= day.to));
  return upsideDown ? { text: "settings.refused.hours" } : null;
}
