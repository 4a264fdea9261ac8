import { computed, signal } from "@preact/signals";

/** What the address bar says: `#/room`, `#/room/visitor` or `#settings/section`. Back and reload therefore just work. */
export type Route =
  | { view: "threads" }
  | { view: "conversation"; room: string; visitor: boolean }
  | { view: "settings"; section: string };

export function parseRoute(hash: string): Route {
  const settings = /^#settings(?:\/([a-z]+))?$/.exec(hash);
  if (settings) return { view: "settings", section: settings[1] ?? "" };
  const room = /^#\/([\w-]+)(\/visitor)?$/.exec(hash);
  if (room?.[1]) return { view: "conversation", room: room[1], visitor: room[2] !== undefined };
  return { view: "threads" };
}

export function hashOf(route: Route): string {
  if (route.view === "settings") return route.section ? `#settings/${route.section}` : "#settings";
  if (route.view === "conversation") return `#/${route.room}${route.visitor ? "/visitor" : ""}`;
  return "#/";
}

export const route = signal<Route>(parseRoute(location.hash));
export const openRoom = computed(() => (route.value.view === "conversation" ? route.value.room : null));

addEventListener("popstate", () => {
  route.value = parseRoute(location.hash);
});
addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});

/** Marks the steps this page made, so that its own back button knows whether there is one to take back. */
interface Step {
  ours: true;
}

/** `replace` when the step should not be taken back on its own: from one conversation to the next. */
export function go(to: Route, how: "push" | "replace" = "push"): void {
  const hash = hashOf(to);
  if (hash !== location.hash) {
    const step: Step = { ours: true };
    if (how === "replace") history.replaceState(history.state, "", hash);
    else history.pushState(step, "", hash);
  }
  route.value = to;
}

/** The page's own back button. After a reload on a conversation there is no list behind it: then `fallback`. */
export function goBack(fallback: Route): void {
  if ((history.state as Step | null)?.ours) history.back();
  else go(fallback, "replace");
}

export function openThread(room: string): void {
  go(
    { view: "conversation", room, visitor: false },
    route.value.view === "conversation" ? "replace" : "push",
  );
}
