import { type ReadonlySignal, type RefObject, useEffect } from "../kit";

/** Gives an element the loudness as `--level`, without drawing the page anew twenty times a second. */
export function useLevel(ref: RefObject<HTMLElement | null>, level: ReadonlySignal<number>): void {
  useEffect(
    () =>
      level.subscribe((value) => {
        const element = ref.current;
        if (!element) return;
        element.style.setProperty("--level", value.toFixed(2));
        element.dataset.level = value.toFixed(2);
        element.classList.toggle("speaking", value > 0.25);
      }),
    [ref, level],
  );
}
