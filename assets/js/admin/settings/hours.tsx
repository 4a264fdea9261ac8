import { dateFormat, t } from "../../shared/i18n";
import type { Hours, OpenHours } from "../../shared/types";
import { isOwner } from "../access";
import { Setting } from "../ui/setting";
import { Switch } from "../ui/switch";
import { edit, edited } from "./draft";
import { Holidays } from "./holidays";
import { TimeZone } from "./time-zone";

const USUAL: OpenHours = { from: "09:00", to: "18:00" };
/** A Monday, to name the days of the week from. */
const MONDAY = Date.UTC(2024, 0, 1, 12);
const DAY_MS = 86_400_000;
/** The end of a day, which a time field cannot show: there it is the 00:00 that follows. */
const MIDNIGHT = "24:00";
const closing = (time: string): string => (time === "00:00" ? MIDNIGHT : time);

const usualWeek = (): Hours => ({
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  week: [USUAL, USUAL, USUAL, USUAL, USUAL, null, null],
  holidays: [],
});

export function HoursSection() {
  const settings = edited.value;
  if (!settings) return null;
  const readOnly = !isOwner.value;
  const { hours } = settings;
  const change = (fields: Partial<Hours>) => hours && edit({ hours: { ...hours, ...fields } });
  return (
    <>
      <Setting title={t("settings.hours.use")} text={t("settings.hours.use.text")}>
        <Switch
          label={t("settings.hours.use")}
          on={hours !== null}
          disabled={readOnly}
          testId="hours-switch"
          onChange={(on) => edit({ hours: on ? usualWeek() : null })}
        />
      </Setting>
      {hours && (
        <div class="form">
          <fieldset class="week" disabled={readOnly}>
            <legend>{t("settings.week")}</legend>
            {hours.week.map((day, index) => (
              <Day
                key={index}
                name={dateFormat({ weekday: "long", timeZone: "UTC" }).format(MONDAY + index * DAY_MS)}
                day={day}
                onChange={(next) =>
                  change({ week: hours.week.map((one, at) => (at === index ? next : one)) })
                }
              />
            ))}
          </fieldset>
          <TimeZone
            value={hours.time_zone}
            onChange={(time_zone) => change({ time_zone })}
            disabled={readOnly}
          />
          <Holidays
            dates={hours.holidays}
            onChange={(holidays) => change({ holidays })}
            disabled={readOnly}
          />
        </div>
      )}
    </>
  );
}

interface DayProps {
  name: string;
  day: OpenHours | null;
  onChange: (day: OpenHours | null) => void;
}

function Day({ name, day, onChange }: DayProps) {
  return (
    <div class="week-day">
      <label class="check">
        <input
          type="checkbox"
          checked={day !== null}
          onChange={(event) => onChange(event.currentTarget.checked ? USUAL : null)}
        />
        <span>{name}</span>
      </label>
      {day ? (
        <span class="week-hours">
          <input
            type="time"
            aria-label={t("settings.opens", { day: name })}
            value={day.from}
            onInput={(event) => onChange({ ...day, from: event.currentTarget.value })}
          />
          <span aria-hidden="true">–</span>
          <input
            type="time"
            aria-label={t("settings.closes", { day: name })}
            value={day.to === MIDNIGHT ? "00:00" : day.to}
            onInput={(event) => onChange({ ...day, to: closing(event.currentTarget.value) })}
          />
        </span>
      ) : (
        <span class="week-off">{t("settings.day-off")}</span>
      )}
    </div>
  );
}
