import { computed, signal } from "@preact/signals";
import { load, save } from "./storage";
import type { Locale } from "./types";

type Text = string | Record<string, string>;
type Texts = Record<string, Text>;
export type Vars = Record<string, string | number>;
/** A page passes `{ tr: () => import("locale:visitor.tr"), en: () => import("locale:visitor.en") }`. */
export type LocaleLoaders = Record<Locale, () => Promise<{ default: Texts }>>;

const CHOICE_KEY = "konusma.locale";
const current = signal<{ locale: Locale; texts: Texts }>({ locale: "en", texts: {} });
const loaders = new Set<LocaleLoaders>();
/** Differs from the current one while texts load. */
let wanted: Locale;

export const locale = computed<Locale>(() => current.value.locale);

/** Loads the language of the user's choice, else of the browser. Await it before the first render. */
export async function startI18n(pageLoaders: LocaleLoaders): Promise<void> {
  loaders.add(pageLoaders);
  await show(preferredLocale());
}

/** Texts of a part that comes later; its words are there when this resolves, and follow the language from then on. */
export async function addTexts(more: LocaleLoaders): Promise<void> {
  loaders.add(more);
  await show(wanted);
}

/** Switches the language and remembers it. The page changes at once, when the texts are here. */
export async function setLocale(next: Locale): Promise<void> {
  save(CHOICE_KEY, next);
  await show(next);
}

async function show(next: Locale): Promise<void> {
  wanted = next;
  const parts = await Promise.all(Array.from(loaders, (load) => load[next]()));
  if (wanted !== next) return;
  current.value = { locale: next, texts: Object.assign({}, ...parts.map((part) => part.default)) };
  document.documentElement.lang = next;
}

function preferredLocale(): Locale {
  const chosen = load(CHOICE_KEY);
  if (chosen === "tr" || chosen === "en") return chosen;
  for (const language of navigator.languages) {
    const prefix = language.slice(0, 2).toLowerCase();
    if (prefix === "tr" || prefix === "en") return prefix;
  }
  return "en";
}

/**
 * The text of a key in the current language, `{name}` replaced by `vars.name`. A text with plural
 * forms (`{"one": …, "other": …}`) is chosen by `vars.count`. Components that call it follow the language.
 */
export function t(key: string, vars: Vars = {}): string {
  const { texts, locale: language } = current.value;
  const text = texts[key] ?? key;
  const template = typeof text === "string" ? text : plural(text, Number(vars.count), language);
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = vars[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numberFormat(language).format(value) : value;
  });
}

/** Whether the current language has this key: for codes a newer server may send. */
export function has(key: string): boolean {
  return key in current.value.texts;
}

function plural(forms: Record<string, string>, count: number, language: Locale): string {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other ?? "";
}

// Making an Intl formatter costs about 50 µs; a thread formats hundreds of times.
const numberFormats = new Map<string, Intl.NumberFormat>();
function numberFormat(language: Locale, unit?: string, long = false): Intl.NumberFormat {
  const key = `${language} ${unit} ${long}`;
  let format = numberFormats.get(key);
  if (!format) {
    const options: Intl.NumberFormatOptions = unit
      ? { style: "unit", unit, unitDisplay: long ? "long" : "short", maximumFractionDigits: 0 }
      : {};
    format = new Intl.NumberFormat(language, options);
    numberFormats.set(key, format);
  }
  return format;
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();
export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale.value + JSON.stringify(options);
  let format = dateFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(regional(locale.value), options);
    dateFormats.set(key, format);
  }
  return format;
}

/** The browser may know which English: 14:02 in Britain is 2:02 PM in America. */
function regional(language: Locale): string {
  return navigator.languages.find((one) => one.startsWith(`${language}-`)) ?? language;
}

/** 14:02 */
export function formatTime(at: number): string {
  return dateFormat({ timeStyle: "short" }).format(at);
}

/** Today, yesterday, tomorrow, a weekday within a week, else the date. */
export function formatDay(at: number, now = Date.now()): string {
  const days = dayNumber(at) - dayNumber(now);
  if (Math.abs(days) <= 1) {
    const word = new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" }).format(days, "day");
    return capitalise(word);
  }
  if (Math.abs(days) < 7) return capitalise(dateFormat({ weekday: "long" }).format(at));
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return dateFormat({ day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(at);
}

/** Day and time in full, for titles: "22 November 2025 at 14:02". */
export function formatMoment(at: number): string {
  return dateFormat({ dateStyle: "long", timeStyle: "short" }).format(at);
}

/** The two largest units: "3 min 12 sec"; with `long`: "3 minutes 12 seconds". */
export function formatDuration(ms: number, long = false): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "day"],
    [Math.floor(seconds / 3600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown
    .filter(([value], index) => index === 0 || value > 0)
    .map(([value, unit]) => numberFormat(locale.value, unit, long).format(value))
    .join(" ");
}

/** "5 min. ago", "in 2 hours". */
export function relative(at: number, now = Date.now()): string {
  const format = new Intl.RelativeTimeFormat(locale.value, { numeric: "auto", style: "short" });
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) < 60) return format.format(0, "second");
  if (Math.abs(seconds) < 3600) return format.format(Math.trunc(seconds / 60), "minute");
  if (Math.abs(seconds) < 86400) return format.format(Math.trunc(seconds / 3600), "hour");
  return format.format(Math.trunc(seconds / 86400), "day");
}

/** Days since the epoch on the user's calendar. */
export function dayNumber(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

function capitalise(word: string): string {
  return word.charAt(0).toLocaleUpperCase(locale.value) + word.slice(1);
}
