import { t, useEffect, useLayoutEffect, useRef, useSignal } from "../kit";
import { OverCard } from "./over-card";
import { RingCard } from "./ring-card";
import { RunningCard } from "./running-card";
import type { Calls, CallsOptions, PanelProps } from "./types";
import { useSpoken } from "./use-spoken";

interface Props extends PanelProps {
  calls: Calls;
  options: CallsOptions;
}

/** Everything a person sees of calls: who rings, the call, its end. */
export function Panel({ calls, options, withoutRings = false }: Props) {
  const box = useRef<HTMLElement>(null);
  const small = useSignal(false);
  const [filled, fill] = useFilled(box);
  const call = calls.current.value;
  const phase = call?.phase.value;
  const rings = withoutRings || calls.busy.value ? [] : calls.rings.value;
  // What rings goes before how the last call ended, but not before the reason why it could not be answered.
  const isRing = rings.length > 0 && phase?.is !== "refused";
  const is = isRing ? "ring" : phase?.is;
  const spoken = useSpoken(calls);

  useEffect(() => {
    if (!calls.busy.value) {
      small.value = false;
      fill(false);
    }
  }, [calls.busy.value]);
  useFocus(box, is);

  return (
    <>
      <p class="visually-hidden" role="status">
        {spoken}
      </p>
      {is && (
        <section
          class={`call ${filled ? "filled" : ""}`}
          ref={box}
          aria-label={t("call.label")}
          data-testid="call-panel"
          data-phase={is}
          data-call={call?.id.value}
          data-reason={phase?.is === "ended" ? phase.reason : undefined}
          data-fault={phase?.is === "refused" ? phase.fault : undefined}
        >
          {!isRing &&
            call &&
            phase &&
            (phase.is === "ended" || phase.is === "refused" ? (
              <OverCard call={call} phase={phase} testConnection={options.testConnection} />
            ) : (
              <RunningCard call={call} small={small} filled={filled} onFill={() => fill(!filled)} />
            ))}
          {rings.map((ring) => (
            <RingCard key={ring.call_id} calls={calls} ring={ring} canVideo={options.allowed() === "video"} />
          ))}
        </section>
      )}
    </>
  );
}

/** The whole screen where the browser gives it (an iPhone does not), the whole page in any case. */
function useFilled(box: { current: HTMLElement | null }): [boolean, (on: boolean) => void] {
  const filled = useSignal(false);
  useEffect(() => {
    const onChange = () => {
      if (!document.fullscreenElement) filled.value = false;
    };
    document.addEventListener("fullscreenchange", onChange);
    return () => document.removeEventListener("fullscreenchange", onChange);
  }, []);
  const fill = (on: boolean) => {
    filled.value = on;
    if (on) void box.current?.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) void document.exitFullscreen().catch(() => {});
  };
  return [filled.value, fill];
}

/**
 * A pressed button goes with each step; then the next thing to do has the focus. Somebody who writes is not disturbed,
 * and a ring never takes it: a key pressed at that moment would answer.
 */
function useFocus(box: { current: HTMLElement | null }, is: string | undefined): void {
  const had = useRef(false);
  useLayoutEffect(() => {
    const active = document.activeElement;
    const nowhere = !active || active === document.body || (active as HTMLButtonElement).disabled === true;
    if (is && is !== "ring") {
      if (nowhere || active?.matches("[data-call-button]")) {
        box.current?.querySelector<HTMLElement>("[data-next]")?.focus({ preventScroll: true });
      }
      had.current = true;
    } else if (!is && had.current) {
      had.current = false;
      // On a phone it would raise the keyboard.
      if (nowhere && matchMedia("(pointer: fine)").matches) {
        document.querySelector<HTMLElement>("[data-testid=composer-input]")?.focus();
      }
    }
  }, [is]);
}
