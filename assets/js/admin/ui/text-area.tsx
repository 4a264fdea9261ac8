import type { TextareaHTMLAttributes } from "preact";
import { useId } from "preact/hooks";

interface Props extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "label" | "value" | "onInput"> {
  label: string;
  value: string;
  onInput: (value: string) => void;
}

export function TextArea({ label, value, onInput, ...rest }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea {...rest} id={id} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </div>
  );
}
