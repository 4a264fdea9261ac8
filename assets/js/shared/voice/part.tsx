import css from "css:voice";
import type { Announce } from "../attach/announce";
import type { Files } from "../files";
import {
  addStyle,
  addTexts,
  computed,
  formatDuration,
  type ReadonlySignal,
  type Signal,
  signal,
  t,
} from "../kit";
import { VoiceBar } from "./bar";
import { type NoMicrophone, type Note, openRecorder, type Recorder, reasonOf } from "./recorder";

/** A forgotten recording ends by itself. */
const LONGEST_MS = 15 * 60_000;
/** A press shorter than this was a click: it goes on recording until the next one. */
const HOLD_MS = 500;
/** Held and moved this far to the side, it is taken back. */
export const SLIDE_PX = 110;

export type VoiceState =
  | { is: "idle" }
  | { is: "asking" }
  | { is: "recording"; recorder: Recorder }
  /** The recorder hands over its bytes. */
  | { is: "ending" }
  | { is: "review"; note: Note }
  | { is: "refused"; reason: NoMicrophone };

/** One room's voice note in the making. */
export interface Voice {
  readonly state: ReadonlySignal<VoiceState>;
  /** A finger or button is down: letting go ends the recording. */
  readonly held: ReadonlySignal<boolean>;
  /** How far it was slid towards cancelling, from 0 to 1. */
  readonly slid: Signal<number>;
  start(): void;
  stop(): void;
  /** Takes everything back, recorded or not. */
  drop(): void;
  send(): void;
}

export interface VoicePart {
  /** The bar stands where the field was. */
  readonly open: ReadonlySignal<boolean>;
  /** A pointer went down on the button. */
  press(event: PointerEvent): void;
  /** The button was chosen, by whatever means; after `press` it says nothing new. */
  click(): void;
  close(): void;
  Bar: () => preact.JSX.Element;
}

let styled = false;

export async function openVoice(files: Files): Promise<VoicePart> {
  await addTexts({ tr: () => import("locale:files.tr"), en: () => import("locale:files.en") });
  if (!styled) addStyle(css);
  styled = true;

  const state = signal<VoiceState>({ is: "idle" });
  const held = signal(false);
  const slid = signal(0);
  let limit: number | undefined;
  let attempt = 0;
  // What sends it also speaks for it.
  const announce: Announce = (text) => files.attach.use((part) => part.announce(text));

  async function start(): Promise<void> {
    if (!["idle", "refused"].includes(state.value.is)) return;
    const mine = ++attempt;
    state.value = { is: "asking" };
    files.attach.preload();
    try {
      const recorder = await openRecorder(stop);
      if (mine !== attempt) return recorder.cancel();
      state.value = { is: "recording", recorder };
      limit = window.setTimeout(stop, LONGEST_MS);
      announce(t("voice.said.recording"));
    } catch (error) {
      if (mine === attempt) state.value = { is: "refused", reason: reasonOf(error) };
    }
  }

  async function stop(): Promise<void> {
    const now = state.value;
    if (now.is !== "recording") return;
    const mine = ++attempt;
    clearTimeout(limit);
    state.value = { is: "ending" };
    const note = await now.recorder.stop();
    if (mine !== attempt) return;
    state.value = { is: "review", note };
    announce(t("voice.said.recorded", { time: formatDuration(note.durationMs, true) }));
  }

  function drop(): void {
    const now = state.value;
    attempt++;
    clearTimeout(limit);
    if (now.is === "recording") now.recorder.cancel();
    state.value = { is: "idle" };
    if (now.is === "recording" || now.is === "review") announce(t("voice.said.dropped"));
    // What had the focus is gone; whoever takes it back may want to try again.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".mic")?.focus());
  }

  function send(): void {
    const now = state.value;
    if (now.is !== "review") return;
    const { blob, name, durationMs } = now.note;
    state.value = { is: "idle" };
    requestAnimationFrame(() => {
      // On a phone the focus would raise the keyboard over the page.
      if (matchMedia("(pointer: fine)").matches) files.composer.current?.focus();
    });
    const replyTo = files.composer.current?.takeReply();
    const ready = Promise.resolve({ blob, name });
    files.attach.use((part) =>
      part.sendNow({ name, kind: "audio", size: blob.size, durationMs, ready }, replyTo),
    );
  }

  function press(event: PointerEvent): void {
    if (event.button !== 0 || !["idle", "refused"].includes(state.value.is)) return;
    const done = new AbortController();
    const listen = { signal: done.signal };
    const letGo = () => {
      done.abort();
      held.value = false;
      slid.value = 0;
    };
    // This part may have come after the finger was lifted: then it was a click.
    held.value = event.eventPhase !== Event.NONE || (event.target as Element).matches(":active");
    void start();
    if (!held.value) return;
    const mine = attempt;
    const isMine = ({ pointerId }: PointerEvent) => pointerId === event.pointerId;
    addEventListener(
      "pointermove",
      (move) => {
        if (!isMine(move) || mine !== attempt) return;
        // Lifted over the browser's question, out of the page's sight.
        if (move.buttons === 0) return letGo();
        slid.value = Math.min(1, Math.max(0, (event.clientX - move.clientX) / SLIDE_PX));
        if (slid.value < 1 || state.value.is !== "recording") return;
        letGo();
        drop();
      },
      listen,
    );
    addEventListener(
      "pointerup",
      (up) => {
        if (!isMine(up)) return;
        const now = state.value;
        letGo();
        if (mine === attempt && now.is === "recording" && now.recorder.elapsedMs() >= HOLD_MS) void stop();
      },
      listen,
    );
    // The system took the finger for something else: it goes on without.
    addEventListener("pointercancel", letGo, listen);
    // A long press would open a menu.
    addEventListener("contextmenu", (menu) => menu.preventDefault(), listen);
  }

  const onLeave = () => void stop();
  addEventListener("pagehide", onLeave);
  const voice: Voice = { state, held, slid, start: () => void start(), stop: () => void stop(), drop, send };
  return {
    open: computed(() => state.value.is !== "idle"),
    press,
    click: () => void start(),
    close() {
      removeEventListener("pagehide", onLeave);
      if (state.value.is !== "review") drop();
    },
    Bar: () => <VoiceBar voice={voice} />,
  };
}
