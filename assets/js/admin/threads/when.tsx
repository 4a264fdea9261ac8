import {
  dateFormat,
  dayNumber,
  formatDay,
  formatDuration,
  formatMoment,
  formatTime,
  t,
} from "../../shared/i18n";
import { lateAfterMs, now } from "../store";

const MINUTE_MS = 60_000;

/** When something last happened; in red, how long the visitor has been waiting when that is too long. */
export function When({ at, waitingSince }: { at: number; waitingSince: number | null }) {
  const waited = waitingSince === null ? 0 : now.value - waitingSince;
  if (waitingSince !== null && waited >= lateAfterMs.value) {
    return (
      <time
        class="row-when late"
        dateTime={new Date(waitingSince).toISOString()}
        title={t("waiting-since", { moment: formatMoment(waitingSince) })}
      >
        <span class="visually-hidden">{t("waiting")} </span>
        {shortDuration(waited)}
      </time>
    );
  }
  return (
    <time class="row-when" dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {shortMoment(at)}
    </time>
  );
}

/** Only the largest unit: a waiting time is read at a glance. */
function shortDuration(ms: number): string {
  const unit = ms >= 86_400_000 ? 86_400_000 : ms >= 3_600_000 ? 3_600_000 : MINUTE_MS;
  return formatDuration(Math.floor(ms / unit) * unit);
}

/** The time today, then the day, then the date. */
function shortMoment(at: number): string {
  const days = dayNumber(now.value) - dayNumber(at);
  if (days === 0) return formatTime(at);
  if (days < 7) return days === 1 ? formatDay(at, now.value) : dateFormat({ weekday: "short" }).format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now.value).getFullYear();
  return dateFormat(sameYear ? { day: "numeric", month: "short" } : { dateStyle: "short" }).format(at);
}
