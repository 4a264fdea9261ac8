import { type ReadonlySignal, signal } from "@preact/signals";

/** Whether the visitor's pane stands beside the conversation, as layout.css has it. */
export const besideVisitor = following("(min-width: 1180px)");
/** Whether the head of a conversation has room for the most needed buttons only, as calls.css has it. */
export const narrowHead = following("(max-width: 480px)");

function following(query: string): ReadonlySignal<boolean> {
  const media = matchMedia(query);
  const matches = signal(media.matches);
  media.addEventListener("change", () => {
    matches.value = media.matches;
  });
  return matches;
}
