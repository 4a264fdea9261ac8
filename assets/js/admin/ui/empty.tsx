import type { ComponentChildren } from "preact";
import { Icon } from "../../shared/ui/icon";

interface Props {
  icon: string;
  title: string;
  text: string;
  children?: ComponentChildren;
}

/** What stands where nothing is: one picture, one sentence, what to expect. */
export function Empty({ icon, title, text, children }: Props) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon body={icon} />
      </span>
      <p class="empty-title">{title}</p>
      <p>{text}</p>
      {children}
    </div>
  );
}
