import chevron from "icon:chevron-left";
import trash from "icon:trash-2";
import close from "icon:x";
import { clock } from "../attachments/clock";
import { Icon, IconButton, t, useEffect, useLayoutEffect, useRef, useSignal } from "../kit";
import { Meter } from "./meter";
import type { Voice } from "./part";
import type { Recorder } from "./recorder";
import { Review } from "./review";

/** Stands in for the field while a voice note is made. */
export function VoiceBar({ voice }: { voice: Voice }) {
  const bar = useRef<HTMLFieldSetElement>(null);
  const state = voice.state.value;
  const recording = state.is === "asking" || state.is === "recording";

  // The room is left: what was said so far is kept, the microphone is not.
  useEffect(
    () => () => {
      const left = voice.state.peek().is;
      if (left === "recording") voice.stop();
      else if (left === "asking") voice.drop();
    },
    [voice],
  );
  // What had the focus is gone with each step; the next thing to do has it then.
  useLayoutEffect(() => bar.current?.querySelector<HTMLElement>("[data-next]")?.focus(), [state.is]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || state.is === "review" || state.is === "ending") return;
      event.preventDefault();
      voice.drop();
    };
    // Before the page's own shortcuts.
    document.addEventListener("keydown", onKey, true);
    return () => document.removeEventListener("keydown", onKey, true);
  }, [voice, state.is]);

  return (
    <fieldset class={`voice-bar ${state.is}`} ref={bar} aria-label={t("voice.note")}>
      {state.is === "refused" ? (
        <>
          <p class="voice-refused" role="alert">
            {t(`voice.refused.${state.reason}`)}
          </p>
          <button type="button" class="text-button" onClick={voice.start} data-next>
            {t("state.retry")}
          </button>
          <IconButton icon={close} label={t("close")} data-testid="voice-cancel" onClick={voice.drop} />
        </>
      ) : state.is === "review" ? (
        <Review note={state.note} onDelete={voice.drop} onSend={voice.send} />
      ) : (
        <>
          <IconButton
            icon={trash}
            class="danger"
            label={t("voice.cancel")}
            data-testid="voice-cancel"
            onClick={voice.drop}
          />
          {state.is === "recording" ? (
            <Running voice={voice} recorder={state.recorder} />
          ) : (
            <p class="voice-wait">{t(recording ? "voice.asking" : "voice.ending")}</p>
          )}
          <button
            type="button"
            class="send voice-stop"
            disabled={state.is !== "recording"}
            aria-label={t("voice.stop")}
            title={t("voice.stop")}
            data-testid="voice-stop"
            data-next
            onClick={voice.stop}
          >
            <i />
          </button>
        </>
      )}
    </fieldset>
  );
}

function Running({ voice, recorder }: { voice: Voice; recorder: Recorder }) {
  const shown = useSignal("0:00");
  const hint = useRef<HTMLSpanElement>(null);
  const slid = voice.slid.value;
  useEffect(() => {
    const tick = window.setInterval(() => {
      shown.value = clock(recorder.elapsedMs());
    }, 100);
    return () => clearInterval(tick);
  }, [recorder, shown]);
  useLayoutEffect(() => {
    if (!hint.current) return;
    hint.current.style.translate = `${-slid * 40}px`;
    hint.current.style.opacity = String(1 - slid * 0.7);
  }, [slid]);
  return (
    <>
      <span class="voice-dot" />
      <span class="voice-time" role="timer" aria-live="off" data-testid="voice-timer">
        {shown}
      </span>
      <Meter recorder={recorder} />
      {voice.held.value && (
        <span class="voice-hint" ref={hint}>
          <Icon body={chevron} />
          {t("voice.slide")}
        </span>
      )}
    </>
  );
}
