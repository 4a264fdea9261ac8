/** The few places the keyboard jumps to. Each answers whether there was somewhere to go. */

const ROWS = ".threads a[data-room]";

export function focusSearch(): boolean {
  return focused(document.querySelector<HTMLInputElement>("[data-testid=search-input]"));
}

export function focusComposer(): boolean {
  return focused(document.querySelector<HTMLElement>(".conversation textarea"));
}

/** The call that rings longest: Enter then answers it. */
export function focusRing(): boolean {
  return focused(document.querySelector<HTMLElement>(".ring-yes:not(.quiet)"));
}

/** From the focused row, else from the open one, else from the top. */
export function stepThreads(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const focusedAt = rows.indexOf(document.activeElement as HTMLElement);
  const openAt = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const from = focusedAt >= 0 ? focusedAt : openAt;
  const to = from < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, from + by));
  return focused(rows[to] ?? null);
}

function focused(element: HTMLElement | null): boolean {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return element !== null;
}
