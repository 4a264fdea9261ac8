import { t, useRef, useSignal } from "../kit";
import { LiveVideo } from "./live-video";
import type { Call } from "./types";

const CORNERS = ["at-bottom at-right", "at-bottom at-left", "at-top at-left", "at-top at-right"] as const;
/** Less is a click. */
const DRAG_PX = 6;

/** One's own picture in a corner. Dragged, it goes to the nearest corner; clicked, to the next. */
export function SelfView({ call }: { call: Call }) {
  const corner = useSignal(0);
  const box = useRef<HTMLButtonElement>(null);
  const dragged = useRef(false);

  const onPointerDown = (down: PointerEvent) => {
    const it = box.current;
    if (!it || down.button !== 0) return;
    dragged.current = false;
    it.setPointerCapture(down.pointerId);
    const done = new AbortController();
    const move = (event: PointerEvent) => {
      const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
      if (!dragged.current && Math.hypot(x, y) < DRAG_PX) return;
      dragged.current = true;
      it.classList.add("dragged");
      it.style.translate = `${x}px ${y}px`;
    };
    const drop = () => {
      done.abort();
      if (dragged.current) corner.value = nearestCorner(it);
      it.classList.remove("dragged");
      it.style.translate = "";
    };
    it.addEventListener("pointermove", move, { signal: done.signal });
    it.addEventListener("pointerup", drop, { signal: done.signal });
    it.addEventListener("pointercancel", drop, { signal: done.signal });
  };
  const onClick = () => {
    if (!dragged.current) corner.value = (corner.value + 1) % CORNERS.length;
    dragged.current = false;
  };
  return (
    <button
      type="button"
      ref={box}
      class={`call-self ${CORNERS[corner.value]}`}
      aria-label={t("call.self")}
      title={t("call.self")}
      data-testid="call-self"
      onPointerDown={onPointerDown}
      onClick={onClick}
    >
      <LiveVideo
        class={call.mirrored.value ? "mirrored" : ""}
        stream={call.ownVideo}
        testid="call-own-video"
      />
    </button>
  );
}

function nearestCorner(it: HTMLElement): number {
  const own = it.getBoundingClientRect();
  const stage = (it.offsetParent ?? it).getBoundingClientRect();
  const right = own.left + own.width / 2 > stage.left + stage.width / 2;
  const bottom = own.top + own.height / 2 > stage.top + stage.height / 2;
  return CORNERS.indexOf(`at-${bottom ? "bottom" : "top"} at-${right ? "right" : "left"}`);
}
