import remove from "icon:x";
import { useId, useState } from "preact/hooks";
import { dateFormat, t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";

interface Props {
  dates: string[];
  onChange: (dates: string[]) => void;
  disabled: boolean;
}

export function Holidays({ dates, onChange, disabled }: Props) {
  const id = useId();
  const [date, setDate] = useState("");
  const add = () => {
    if (!/^\d{4}-\d\d-\d\d$/.test(date)) return;
    if (!dates.includes(date)) onChange([...dates, date].sort());
    setDate("");
  };
  return (
    <div class="field">
      <label for={id}>{t("settings.holidays")}</label>
      {dates.length > 0 && (
        <ul class="tags">
          {dates.map((one) => (
            <li key={one}>
              {named(one)}
              {!disabled && (
                <button
                  type="button"
                  aria-label={t("settings.holiday.remove", { date: named(one) })}
                  onClick={() => onChange(dates.filter((other) => other !== one))}
                >
                  <Icon body={remove} />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {!disabled && (
        <div class="inline">
          <input id={id} type="date" value={date} onInput={(event) => setDate(event.currentTarget.value)} />
          <button class="button plain small" type="button" onClick={add} disabled={!date}>
            {t("add")}
          </button>
        </div>
      )}
      <p class="field-hint">{t("settings.holidays.hint")}</p>
    </div>
  );
}

const named = (date: string): string =>
  dateFormat({ dateStyle: "medium", timeZone: "UTC" }).format(Date.parse(`${date}T12:00:00Z`));
