import { t } from "../../shared/i18n";
import { PASSWORD_MIN, type Strength } from "../rules/password";

const LEVEL: Record<Strength, number> = { short: 1, weak: 1, fair: 2, strong: 3 };

/** Three bars and a word. The word is what counts; the bars only colour it. */
export function StrengthMeter({ strength, empty }: { strength: Strength; empty: boolean }) {
  return (
    <span class={`strength ${empty ? "" : strength}`}>
      <span class="strength-bars" aria-hidden="true">
        {[1, 2, 3].map((level) => (
          <i key={level} class={!empty && level <= LEVEL[strength] ? "on" : ""} />
        ))}
      </span>
      {empty
        ? t("setup.password.hint", { count: PASSWORD_MIN })
        : t(`setup.password.${strength}`, { count: PASSWORD_MIN })}
    </span>
  );
}
