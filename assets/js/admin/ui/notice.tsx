import info from "icon:info";
import warning from "icon:triangle-alert";
import type { ComponentChildren } from "preact";
import { Icon } from "../../shared/ui/icon";

interface Props {
  tone: "plain" | "bad";
  children: ComponentChildren;
  id?: string;
}

/** A sentence in a box that stays. Spoken when it appears. */
export function Notice({ tone, children, id }: Props) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"} id={id}>
      <Icon body={tone === "bad" ? warning : info} />
      <p>{children}</p>
    </div>
  );
}
