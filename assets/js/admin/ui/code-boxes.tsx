import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/i18n";

export const CODE_LENGTH = 6;

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** All six digits are there. */
  onComplete: (value: string) => void;
  label: string;
  invalid: boolean;
  describedBy?: string | undefined;
  disabled: boolean;
}

/** Six boxes that behave like one field: paste, auto-fill, arrows and backspace go where one expects. */
export function CodeBoxes({ value, onChange, onComplete, label, invalid, describedBy, disabled }: Props) {
  const boxes = useRef<(HTMLInputElement | null)[]>([]);
  const focus = (index: number) => boxes.current[Math.max(0, Math.min(CODE_LENGTH - 1, index))]?.focus();

  useEffect(() => {
    if (!disabled && value === "") focus(0);
  }, [disabled, value === ""]);

  function change(next: string, caret: number): void {
    const digits = next.slice(0, CODE_LENGTH);
    onChange(digits);
    if (digits.length === CODE_LENGTH) onComplete(digits);
    else focus(caret);
  }

  /** One digit typed, or many at once by paste and auto-fill; typing over a digit replaces it. */
  function onInput(index: number, typed: string): void {
    const before = value[index] ?? "";
    const digits = typed.replace(/\D/g, "");
    const added = digits.length === 2 && before ? digits.replace(before, "") || before : digits;
    const at = Math.min(index, value.length);
    change(value.slice(0, at) + added + value.slice(at + Math.max(1, added.length)), at + added.length);
  }

  function onKeyDown(event: KeyboardEvent, index: number): void {
    const moves: Record<string, number> = {
      ArrowLeft: index - 1,
      ArrowRight: index + 1,
      Home: 0,
      End: value.length,
    };
    const move = moves[event.key];
    if (move !== undefined) focus(move);
    else if (event.key === "Backspace" && !value[index])
      change(value.slice(0, Math.max(0, index - 1)), index - 1);
    else return;
    event.preventDefault();
  }

  return (
    <fieldset class="code-boxes" aria-describedby={describedBy}>
      <legend class="visually-hidden">{label}</legend>
      {Array.from({ length: CODE_LENGTH }, (_, index) => (
        <input
          key={index}
          ref={(element) => {
            boxes.current[index] = element;
          }}
          data-testid="code-box"
          inputMode="numeric"
          autocomplete={index === 0 ? "one-time-code" : "off"}
          aria-label={t("code.digit", { digit: index + 1, of: CODE_LENGTH })}
          aria-invalid={invalid ? "true" : undefined}
          value={value[index] ?? ""}
          disabled={disabled}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => onKeyDown(event, index)}
          onInput={(event) => onInput(index, event.currentTarget.value)}
        />
      ))}
    </fieldset>
  );
}
