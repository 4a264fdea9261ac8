import { effect } from "@preact/signals";
import { emit } from "./rooms";
import { openRoom } from "./route";

/** Says which thread this agent can see now: of that one, nobody has to be told elsewhere. */
export function tellOpen(): void {
  // Whoever is offline sees nothing that is new; the next connect tells again.
  void emit("open", { room: document.hidden ? null : openRoom.peek() });
}

/** From sign-in to sign-out. */
export function watchOpen(): () => void {
  const stop = effect(() => {
    openRoom.value;
    tellOpen();
  });
  document.addEventListener("visibilitychange", tellOpen);
  return () => {
    document.removeEventListener("visibilitychange", tellOpen);
    stop();
  };
}
