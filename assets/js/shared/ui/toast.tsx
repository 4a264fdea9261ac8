import { signal } from "@preact/signals";

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "good" | "bad";
}

const SHOWN_MS = 6_000;
const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** A short sentence that goes by itself. Never the only place where something is said. */
export function toast(text: string, tone: Toast["tone"] = "plain"): void {
  const id = ++lastId;
  toasts.value = [...toasts.value, { id, text, tone }];
  window.setTimeout(() => {
    toasts.value = toasts.value.filter((one) => one.id !== id);
  }, SHOWN_MS);
}

/** Once per page, near the end of the body. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <p key={id} class={`toast ${tone}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
