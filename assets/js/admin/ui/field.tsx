import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

type InputAttributes = InputHTMLAttributes<HTMLInputElement>;

interface Props extends Omit<InputAttributes, "label" | "value" | "onInput"> {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  /** The error comes from elsewhere, after a while: it is spoken when it appears. */
  errorSpoken?: boolean;
  /** Takes the focus when it appears. */
  focused?: boolean;
  "data-testid"?: string;
  /** A button inside the field, at its end. */
  end?: ComponentChildren;
}

/** One labelled line of input; hint and error are tied to it for screen readers. */
export function Field({
  label,
  value,
  onInput,
  hint,
  error,
  errorSpoken = false,
  end,
  focused = false,
  "data-testid": testId,
  class: extra = "",
  ...rest
}: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) input.current?.focus();
  }, []);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class={`field ${extra}`}>
      <label for={id}>{label}</label>
      <div class="field-input">
        <input
          {...(rest as InputAttributes)}
          ref={input}
          id={id}
          value={value}
          data-testid={testId}
          aria-invalid={error ? "true" : undefined}
          aria-describedby={described || undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {end}
      </div>
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p
          class="field-error"
          id={`${id}-error`}
          role={errorSpoken ? "alert" : undefined}
          data-testid={testId && `${testId}-fault`}
        >
          {error}
        </p>
      )}
    </div>
  );
}
