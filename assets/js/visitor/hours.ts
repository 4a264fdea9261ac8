import type { Hours, OpenHours } from "../shared/types";

const DAY_MS = 86_400_000;
const LOOK_AHEAD_DAYS = 15;

interface LocalTime {
  /** YYYY-MM-DD in the business's zone. */
  date: string;
  /** HH:MM */
  time: string;
}

/** Whether the business is open at this moment. A span whose end is not after its start runs past midnight. */
export function isOpen(hours: Hours, at: number): boolean {
  const { date, time } = localTime(hours.time_zone, at);
  const today = hoursOn(hours, date);
  if (today && time >= today.from && (time < today.to || overnight(today))) return true;
  const yesterday = hoursOn(hours, shiftDate(date, -1));
  return yesterday !== null && overnight(yesterday) && time < yesterday.to;
}

/** When it opens next, or null if not within two weeks. */
export function nextOpening(hours: Hours, at: number): number | null {
  const { date } = localTime(hours.time_zone, at);
  for (let ahead = 0; ahead < LOOK_AHEAD_DAYS; ahead++) {
    const day = shiftDate(date, ahead);
    const span = hoursOn(hours, day);
    const opening = span ? instant(hours.time_zone, day, span.from) : 0;
    if (opening > at) return opening;
  }
  return null;
}

function hoursOn({ week, holidays }: Hours, date: string): OpenHours | null {
  if (holidays.includes(date)) return null;
  // getUTCDay counts from Sunday, `week` from Monday.
  return week[(new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7] ?? null;
}

function overnight({ from, to }: OpenHours): boolean {
  return to <= from;
}

function localTime(timeZone: string, at: number): LocalTime {
  // Sweden writes dates as ISO 8601 does.
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(
    at,
  );
  const [date = "", time = ""] = text.split(" ");
  return { date, time };
}

/** The moment a clock in the zone shows this. Twice corrected, for days on which the clock is changed. */
function instant(timeZone: string, date: string, time: string): number {
  const wanted = Date.parse(`${date}T${time}Z`);
  let guess = wanted;
  for (let i = 0; i < 2; i++) {
    const shown = localTime(timeZone, guess);
    guess += wanted - Date.parse(`${shown.date}T${shown.time}Z`);
  }
  return guess;
}

function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
