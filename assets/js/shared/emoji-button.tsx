import smile from "icon:smile";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { locale, t } from "./i18n";
import { IconButton } from "./ui/icon-button";

interface Props {
  onPick: (emoji: string) => void;
  /** Closed by keyboard: the focus goes back to the text. */
  onDone: () => void;
}

/** The picker is larger than the rest of the page: fetched when first asked for. */
const loadPicker = () => import("./emoji-picker");

export function EmojiButton({ onPick, onDone }: Props) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open.value) return;
    const stop = new AbortController();
    const { signal } = stop;
    const onPointer = (event: PointerEvent) => {
      if (root.current && !event.composedPath().includes(root.current)) open.value = false;
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      open.value = false;
      onDone();
    };
    document.addEventListener("pointerdown", onPointer, { signal });
    document.addEventListener("keydown", onKey, { signal });
    return () => stop.abort();
  }, [open.value, open, onDone]);

  return (
    <div class="emoji" ref={root}>
      <IconButton
        icon={smile}
        label={t("composer.emoji")}
        aria-expanded={open.value}
        data-testid="emoji-button"
        onPointerEnter={() => void loadPicker().catch(() => undefined)}
        onClick={() => {
          open.value = !open.value;
        }}
      />
      {open.value && <Panel onPick={onPick} onFailed={() => (open.value = false)} />}
    </div>
  );
}

function Panel({ onPick, onFailed }: { onPick: (emoji: string) => void; onFailed: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef({ onPick, onFailed });
  latest.current = { onPick, onFailed };
  const language = locale.value;
  useEffect(() => {
    let gone = false;
    loadPicker()
      .then(({ createPicker }) => {
        if (!gone)
          place.current?.replaceChildren(createPicker(language, (emoji) => latest.current.onPick(emoji)));
      })
      // Offline: it closes again, the next press tries anew.
      .catch(() => latest.current.onFailed());
    return () => {
      gone = true;
    };
  }, [language]);
  return (
    <div class="emoji-panel" data-testid="emoji-panel" ref={place}>
      <span class="spinner" />
    </div>
  );
}
