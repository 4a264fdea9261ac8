import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { LanguageSwitch } from "./language-switch";
import { Mark } from "./mark";

interface Props {
  title: string;
  lead?: ComponentChildren;
  /** Changes when the page's content became another step: its heading takes the focus. */
  step: string;
  children: ComponentChildren;
  wide?: boolean;
}

/** The one-column page before the panel: sign-in and set-up. */
export function CardPage({ title, lead, step, children, wide = false }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && !document.activeElement?.closest(".card")) heading.current?.focus();
    first.current = false;
  }, [step]);
  return (
    <div class="card-page">
      <main class={`card ${wide ? "wide" : ""}`}>
        <Mark />
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p class="card-lead">{lead}</p>}
        {children}
      </main>
      <footer class="card-foot">
        <LanguageSwitch />
      </footer>
    </div>
  );
}
