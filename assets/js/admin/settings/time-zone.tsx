import { useId } from "preact/hooks";
import { t } from "../../shared/i18n";

interface Props {
  value: string;
  onChange: (zone: string) => void;
  disabled: boolean;
}

export function TimeZone({ value, onChange, disabled }: Props) {
  const id = useId();
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <div class="field">
      <label for={id}>{t("settings.time-zone")}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {!zones.includes(value) && <option value={value}>{value}</option>}
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </div>
  );
}
