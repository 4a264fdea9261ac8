import type { ComponentChildren } from "preact";

/** One line of settings: what it is, what it means, and the control at its end. */
export function Setting({
  title,
  text,
  children,
}: {
  title: string;
  text?: string;
  children: ComponentChildren;
}) {
  return (
    <div class="setting">
      <div>
        <h3>{title}</h3>
        {text && <p>{text}</p>}
      </div>
      {children}
    </div>
  );
}
