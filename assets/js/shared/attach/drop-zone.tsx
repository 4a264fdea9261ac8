import upload from "icon:upload";
import { Icon, render, t } from "../kit";

/** Dragging goes on as long as the browser says so; after the last word it may have ended unseen, by Esc. */
const SILENCE_MS = 700;

/** The sheet over the chat that says where a dragged file may be let go. */
export function openDropZone(): { show: (pane: Element) => void; hide: () => void } {
  let place: HTMLElement | undefined;
  let timer: number | undefined;

  function hide(): void {
    clearTimeout(timer);
    if (!place) return;
    render(null, place);
    place.remove();
    place = undefined;
    document.removeEventListener("dragleave", onLeave);
  }

  /** Out of the window; between elements there is always another one. */
  function onLeave({ relatedTarget, clientX, clientY }: DragEvent): void {
    const inside = clientX > 0 && clientY > 0 && clientX < innerWidth && clientY < innerHeight;
    if (!relatedTarget && !inside) hide();
  }

  return {
    show(pane) {
      clearTimeout(timer);
      timer = window.setTimeout(hide, SILENCE_MS);
      if (place) return;
      place = document.createElement("div");
      place.className = "drop-zone";
      place.dataset.testid = "drop-zone";
      pane.append(place);
      render(<Words />, place);
      document.addEventListener("dragleave", onLeave);
    },
    hide,
  };
}

function Words() {
  return (
    <div class="drop-words">
      <span class="drop-sign">
        <Icon body={upload} />
      </span>
      <b>{t("attach.drop")}</b>
      <span>{t("attach.drop.more")}</span>
    </div>
  );
}
