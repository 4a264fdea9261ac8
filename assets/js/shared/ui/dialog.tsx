import close from "icon:x";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { IconButton } from "./icon-button";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons, most important last. */
  actions?: ComponentChildren;
  class?: string;
}

/** A modal; the platform's <dialog> traps the focus, closes on Esc and gives the focus back. */
export function Dialog({ title, onClose, children, actions, class: extra = "" }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    // The box fills the dialog: what hits the dialog itself hit the backdrop.
    const onClick = (event: MouseEvent) => event.target === dialog && dialog.close();
    dialog.addEventListener("click", onClick);
    return () => {
      dialog.removeEventListener("click", onClick);
      dialog.close();
    };
  }, []);
  return (
    <dialog ref={ref} class={`dialog ${extra}`} aria-labelledby={titleId} onClose={onClose}>
      <div class="dialog-box">
        <header>
          <h2 id={titleId}>{title}</h2>
          <IconButton icon={close} label={t("close")} onClick={onClose} />
        </header>
        <div class="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}
