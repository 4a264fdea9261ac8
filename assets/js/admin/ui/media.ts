import { signal } from "@preact/signals";

const wide = matchMedia("(min-width: 1180px)");

/** Whether the visitor's pane stands beside the conversation, as layout.css has it. */
export const besideVisitor = signal(wide.matches);

wide.addEventListener("change", () => {
  besideVisitor.value = wide.matches;
});
