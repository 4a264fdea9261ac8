import { dayNumber, formatDay, formatDuration, formatTime, locale, t } from "../shared/i18n";
import type { Info } from "../shared/types";
import { isOpen, nextOpening } from "./hours";

export interface PresenceLine {
  state: "here" | "away" | "closed";
  /** "We are here now", "Closed". */
  what: string;
  /** "usually replies within 5 minutes", "opens tomorrow at 09:00". */
  detail?: string;
  /** The same in fewer words: "replies in ~5 min". */
  short?: string;
}

/** Steps people think in, in minutes: nobody promises "within 7 minutes". */
const STEPS_MIN = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 360, 720, 1440, 2880, 4320, 10_080];

/** Whether someone is there, and when an answer can be expected. */
export function presenceLine(info: Info, agentsOnline: number, now: number): PresenceLine {
  if (agentsOnline > 0) return { state: "here", what: t("presence.here"), ...replies(info) };
  if (info.hours && !isOpen(info.hours, now)) {
    const opening = nextOpening(info.hours, now);
    const detail = opening === null ? {} : { detail: opens(opening, now) };
    return { state: "closed", what: t("presence.closed"), ...detail };
  }
  return { state: "away", what: t("presence.away"), ...replies(info) };
}

function replies({ typical_reply_ms }: Info): Pick<PresenceLine, "detail" | "short"> {
  if (typical_reply_ms === null) return {};
  const minutes = typical_reply_ms / 60_000;
  const step = STEPS_MIN.find((one) => one >= minutes);
  if (step === undefined) return {};
  const time = (long: boolean) => ({ time: formatDuration(step * 60_000, long) });
  return { detail: t("presence.replies", time(true)), short: t("presence.replies-short", time(false)) };
}

function opens(at: number, now: number): string {
  const time = formatTime(at);
  const ahead = dayNumber(at) - dayNumber(now);
  if (ahead === 0) return t("presence.opens-today", { time });
  const day = formatDay(at, now);
  // Inside a sentence: "tomorrow", "salı", but "Tuesday" and "1 Ocak".
  const small = ahead === 1 || (locale.value === "tr" && ahead < 7);
  return t("presence.opens", { day: small ? day.toLocaleLowerCase(locale.value) : day, time });
}
