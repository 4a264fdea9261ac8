import ellipsis from "icon:ellipsis-vertical";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";

export interface MenuItem {
  icon: string;
  label: string;
  danger?: boolean;
  act: () => void;
}

/** A button with a list of actions: arrows move, Esc and a press elsewhere close, the focus returns. */
export function Menu({ label, items }: { label: string; items: MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const entries = () => [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

  useEffect(() => {
    if (!open) return;
    entries()[0]?.focus();
    const onPress = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [open]);

  function close(): void {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const list = entries();
    const at = list.indexOf(document.activeElement as HTMLElement);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: list.length - 1,
    };
    const move = moves[event.key];
    if (move !== undefined) list.at(move % list.length)?.focus();
    else if (event.key === "Escape") close();
    else {
      if (event.key === "Tab") setOpen(false);
      return;
    }
    event.preventDefault();
  }

  return (
    <div class="menu" ref={root}>
      <IconButton
        icon={ellipsis}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div class="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.danger ? "danger" : ""}
              onClick={() => {
                close();
                item.act();
              }}
            >
              <Icon body={item.icon} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
