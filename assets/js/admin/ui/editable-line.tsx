import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  placeholder?: string;
  inputMode?: "text" | "email";
  maxLength: number;
  class?: string;
  valid: (value: string) => boolean;
  /** Answers whether it worked; a failure has been told. */
  save: (value: string) => Promise<boolean>;
}

/** Text that becomes a field when pressed. Enter or leaving saves, Esc takes it back. */
export function EditableLine({
  label,
  value,
  placeholder = "",
  inputMode = "text",
  maxLength,
  valid,
  save,
  class: extra = "",
}: Props) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== input.current) setText(value);
  }, [value]);

  const trimmed = text.trim();
  const fault = !valid(trimmed);

  async function commit(): Promise<void> {
    if (trimmed === value) setText(value);
    else if (fault || !(await save(trimmed))) setText(value);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      input.current?.blur();
    } else if (event.key === "Escape") {
      event.preventDefault();
      setText(value);
      // The blur must see the old text.
      requestAnimationFrame(() => input.current?.blur());
    }
  }

  return (
    <input
      ref={input}
      class={`editable ${extra}`}
      inputMode={inputMode}
      aria-label={label}
      aria-invalid={fault ? "true" : undefined}
      placeholder={placeholder}
      autocomplete="off"
      spellcheck={false}
      maxLength={maxLength}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={() => void commit()}
      onKeyDown={onKeyDown}
    />
  );
}
