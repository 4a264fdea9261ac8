import { useEffect } from "preact/hooks";
import { applyAccent } from "../../shared/accent";
import { t } from "../../shared/i18n";
import { settings } from "../store";

/** The standard colour first; null stands for it, so that it may change with the product. */
const CHOICES: { accent: string | null; name: string }[] = [
  { accent: null, name: "teal" },
  { accent: "#2456c7", name: "blue" },
  { accent: "#6a3fc2", name: "violet" },
  { accent: "#b3285f", name: "rose" },
  { accent: "#b4431a", name: "rust" },
  { accent: "#8a6100", name: "ochre" },
  { accent: "#2c7a3d", name: "green" },
  { accent: "#3f4a5a", name: "slate" },
];

interface Props {
  accent: string | null;
  onChange: (accent: string | null) => void;
  disabled: boolean;
}

/** Shows the colour on this very page while it is chosen; leaving without saving brings the old one back. */
export function AccentPicker({ accent, onChange, disabled }: Props) {
  const own = accent !== null && !CHOICES.some((choice) => choice.accent === accent);
  useEffect(() => {
    applyAccent(accent);
    return () => applyAccent(settings.value?.accent ?? null);
  }, [accent]);
  return (
    <fieldset class="accents" disabled={disabled}>
      <legend>{t("settings.accent")}</legend>
      <div>
        {CHOICES.map((choice) => (
          <button
            key={choice.name}
            type="button"
            class={`swatch ${choice.name}`}
            aria-pressed={accent === choice.accent}
            aria-label={t(`colour.${choice.name}`)}
            title={t(`colour.${choice.name}`)}
            onClick={() => onChange(choice.accent)}
          />
        ))}
        <OwnColour chosen={own} accent={accent} onChange={onChange} />
      </div>
      <p class="field-hint">{t("settings.accent.hint")}</p>
    </fieldset>
  );
}

function OwnColour({
  chosen,
  accent,
  onChange,
}: {
  chosen: boolean;
  accent: string | null;
  onChange: (accent: string) => void;
}) {
  return (
    <label class={`swatch own ${chosen ? "chosen" : ""}`} title={t("colour.own")}>
      <input
        type="color"
        aria-label={t("colour.own")}
        value={accent ?? "#0b6e78"}
        onInput={(event) => onChange(event.currentTarget.value.toLowerCase())}
      />
    </label>
  );
}
