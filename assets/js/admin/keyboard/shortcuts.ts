import { useEffect } from "preact/hooks";
import { closeThread } from "../actions";
import { goBack, openRoom, route } from "../route";
import { openThread } from "../store";
import { focusComposer, focusRing, focusSearch, stepThreads } from "./focus";
import { helpShown } from "./help";

/** Single keys work only while nothing is being typed and no dialog or menu is open; with Ctrl, Alt or ⌘ they are the browser's. */
export function useShortcuts(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (target.closest("input, textarea, select, [contenteditable], dialog:not(.rings), [role=menu]")) return;
  if (act(event.key)) event.preventDefault();
}

function act(key: string): boolean {
  switch (key) {
    case "j":
      return stepThreads(1);
    case "k":
      return stepThreads(-1);
    case "/":
      return focusSearch();
    case "r":
      return focusComposer();
    case "e":
      if (openThread.value?.status !== "open") return false;
      void closeThread(openThread.value.room);
      return true;
    case "c":
      return focusRing();
    case "?":
      helpShown.value = true;
      return true;
    case "Escape":
      return leaveVisitor();
    default:
      return false;
  }
}

function leaveVisitor(): boolean {
  const at = route.value;
  if (at.view !== "conversation" || !at.visitor || !openRoom.value) return false;
  goBack({ view: "conversation", room: at.room, visitor: false });
  return true;
}
