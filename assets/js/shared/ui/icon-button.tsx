import type { ButtonHTMLAttributes } from "preact";
import { Icon } from "./icon";

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label"> {
  icon: string;
  /** The button's name, also its tooltip. */
  label: string;
}

export function IconButton({ icon, label, class: extra = "", ...rest }: Props) {
  return (
    <button type="button" {...rest} class={`icon-button ${extra}`} aria-label={label} title={label}>
      <Icon body={icon} />
    </button>
  );
}
