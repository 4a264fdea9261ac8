const MOST = 6;
const CLOSE_UP = 2.5;
/** A swipe is this long; less is a tap or a tremble. */
const SWIPE_PX = 60;
const TAP_PX = 8;
const DOUBLE_TAP_MS = 300;

interface Options {
  stage: HTMLElement;
  /** Where the picture is now; it changes with every step. */
  picture: () => HTMLElement | null;
  /** 1: the next one; -1: the one before. */
  onSwipe: (direction: 1 | -1) => void;
  onDismiss: () => void;
  onZoom: (zoomed: boolean) => void;
}

export interface Zoom {
  /** Closer or, when close, back. */
  toggle(): void;
  by(factor: number): void;
  reset(): void;
  stop(): void;
}

interface Point {
  x: number;
  y: number;
}

/** Wheel, click, double tap, pinch and drag on the viewer's picture; swipes while it is whole. */
export function openZoom({ stage, picture, onSwipe, onDismiss, onZoom }: Options): Zoom {
  let scale = 1;
  let shift: Point = { x: 0, y: 0 };
  const fingers = new Map<number, Point>();
  let moved: Point = { x: 0, y: 0 };
  let pinched = false;
  let tappedAt = 0;

  function show(): void {
    const it = picture();
    if (it) it.style.transform = `translate(${shift.x}px, ${shift.y}px) scale(${scale})`;
    stage.classList.toggle("zoomed", scale > 1);
    stage.classList.toggle("held", fingers.size > 0);
  }

  /** Around a point of the stage, given from its middle. */
  function zoomTo(wanted: number, { x, y }: Point = { x: 0, y: 0 }): void {
    const next = Math.min(MOST, Math.max(1, wanted));
    shift = { x: x - ((x - shift.x) * next) / scale, y: y - ((y - shift.y) * next) / scale };
    if (scale > 1 !== next > 1) onZoom(next > 1);
    scale = next;
    keepInside();
    show();
  }

  /** No further than to the picture's edges. */
  function keepInside(): void {
    const it = picture();
    if (!it) return;
    const slackX = Math.max(0, (it.offsetWidth * scale - stage.clientWidth) / 2);
    const slackY = Math.max(0, (it.offsetHeight * scale - stage.clientHeight) / 2);
    shift.x = Math.min(slackX, Math.max(-slackX, shift.x));
    shift.y = Math.min(slackY, Math.max(-slackY, shift.y));
  }

  function fromMiddle({ clientX, clientY }: MouseEvent): Point {
    const { left, top, width, height } = stage.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  function onDown(event: PointerEvent): void {
    if (event.button !== 0 || fingers.size === 2) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, fromMiddle(event));
    if (fingers.size === 1) {
      moved = { x: 0, y: 0 };
      pinched = false;
    } else pinched = true;
    show();
  }

  function onMove(event: PointerEvent): void {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = fromMiddle(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    if (other) {
      const apart = (a: Point) => Math.hypot(a.x - other.x, a.y - other.y);
      zoomTo((scale * apart(now)) / Math.max(1, apart(before)), other);
      return;
    }
    moved = { x: moved.x + now.x - before.x, y: moved.y + now.y - before.y };
    if (scale > 1) {
      shift = { x: shift.x + now.x - before.x, y: shift.y + now.y - before.y };
      keepInside();
    } else if (event.pointerType !== "mouse" && !pinched) {
      const across = Math.abs(moved.x) > Math.abs(moved.y);
      shift = across ? { x: moved.x, y: 0 } : { x: 0, y: Math.max(0, moved.y) };
    }
    show();
  }

  function onUp(event: PointerEvent): void {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    if (scale === 1) shift = { x: 0, y: 0 };
    show();
    if (pinched || event.type === "pointercancel") return;
    const { x, y } = moved;
    if (Math.hypot(x, y) < TAP_PX) onTap(event);
    else if (scale === 1 && event.pointerType !== "mouse") {
      if (Math.abs(x) > SWIPE_PX && Math.abs(x) > Math.abs(y)) onSwipe(x < 0 ? 1 : -1);
      else if (y > SWIPE_PX && y > Math.abs(x)) onDismiss();
    }
  }

  function onTap(event: PointerEvent): void {
    const it = picture()?.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (!it || x < it.left || x > it.right || y < it.top || y > it.bottom) {
      onDismiss();
      return;
    }
    const twice = event.timeStamp - tappedAt < DOUBLE_TAP_MS;
    tappedAt = twice ? 0 : event.timeStamp;
    if (event.pointerType === "mouse" || twice) zoomTo(scale > 1 ? 1 : CLOSE_UP, fromMiddle(event));
  }

  function onWheel(event: WheelEvent): void {
    event.preventDefault();
    zoomTo(scale * Math.exp(-event.deltaY / 400), fromMiddle(event));
  }

  const stop = new AbortController();
  const { signal } = stop;
  stage.addEventListener("pointerdown", onDown, { signal });
  stage.addEventListener("pointermove", onMove, { signal });
  stage.addEventListener("pointerup", onUp, { signal });
  stage.addEventListener("pointercancel", onUp, { signal });
  stage.addEventListener("wheel", onWheel, { signal, passive: false });

  return {
    toggle: () => zoomTo(scale > 1 ? 1 : CLOSE_UP),
    by: (factor) => zoomTo(scale * factor),
    reset() {
      shift = { x: 0, y: 0 };
      if (scale > 1) onZoom(false);
      scale = 1;
      fingers.clear();
      show();
    },
    stop: () => stop.abort(),
  };
}
