import { useEffect } from "preact/hooks";
import { type Route, route } from "../route";

/**
 * On a small screen a step hides the pane that had the focus. Then it goes to where the step led, and back to the row
 * or button it came from.
 */
export function useFollowFocus(): void {
  useEffect(() => {
    let before = route.peek();
    return route.subscribe((at) => {
      const from = before;
      before = at;
      if (from === at) return;
      requestAnimationFrame(() => {
        if (!focusLost()) return;
        const places = [...document.querySelectorAll<HTMLElement>(landing(from, at))];
        places.find(isShown)?.focus();
      });
    });
  }, []);
}

function focusLost(): boolean {
  const active = document.activeElement;
  return !active || active === document.body || !isShown(active);
}

const isShown = (element: Element): boolean => element.getClientRects().length > 0;

function landing(from: Route, to: Route): string {
  if (to.view === "settings") return ".settings .back, .settings h2[tabindex]";
  if (to.view === "conversation") {
    if (to.visitor) return "[data-testid=visitor-close]";
    const closedVisitor = from.view === "conversation" && from.visitor;
    return closedVisitor ? "[data-testid=show-visitor]" : "[data-testid=back-button]";
  }
  if (from.view === "conversation") return `.threads a[data-room="${from.room}"]`;
  return from.view === "settings" ? "[data-testid=settings-button]" : ".threads";
}
