import smile from "icon:smile";
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "./i18n";
import { IconButton } from "./ui/icon-button";

interface PanelProps {
  onPick: (emoji: string) => void;
}

/** The picker is larger than the rest of the page: fetched when first asked for. */
const loadPanel = () => import("./emoji-panel");

export function EmojiButton({ onPick, onDone }: { onPick: (emoji: string) => void; onDone: () => void }) {
  const open = useSignal(false);
  const panel = useSignal<ComponentType<PanelProps> | null>(null);
  const root = useRef<HTMLDivElement>(null);

  const toggle = async () => {
    open.value = !open.value;
    if (open.value && !panel.value) {
      // A failed load (offline) closes again; the next press tries anew.
      const module = await loadPanel().catch(() => null);
      if (module) panel.value = module.EmojiPanel;
      else open.value = false;
    }
  };

  useEffect(() => {
    if (!open.value) return;
    const stop = new AbortController();
    const { signal } = stop;
    const onPointer = (event: PointerEvent) => {
      if (!event.composedPath().includes(root.current as EventTarget)) open.value = false;
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      open.value = false;
      onDone();
    };
    document.addEventListener("pointerdown", onPointer, { signal });
    root.current?.addEventListener("keydown", onKey, { signal });
    return () => stop.abort();
  }, [open.value, open, onDone]);

  const Panel = panel.value;
  return (
    <div class="emoji" ref={root}>
      <IconButton
        icon={smile}
        label={t("composer.emoji")}
        aria-expanded={open.value}
        data-testid="emoji-button"
        onPointerEnter={() => void loadPanel().catch(() => null)}
        onClick={() => void toggle()}
      />
      {open.value && (
        <div class="emoji-panel" data-testid="emoji-panel">
          {Panel ? <Panel onPick={onPick} /> : <span class="spinner" />}
        </div>
      )}
    </div>
  );
}
