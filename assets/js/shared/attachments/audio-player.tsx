import pauseIcon from "icon:pause";
import playIcon from "icon:play";
import { Icon, t, useEffect, useRef, useState } from "../kit";
import type { AttachmentProps } from "./attachment";
import { giveNew, giveSource, release } from "./audio-source";
import { nextSpeed, speed } from "./audio-speed";
import { Broken, type Fault } from "./broken";
import { clock, lengthClock } from "./clock";
import { download } from "./download";
import { FileName } from "./file-name";
import { isVoiceNote } from "./said";

type State = "idle" | "loading" | "playing" | "paused" | "unplayable" | Fault;

/** Arrow keys go this far; half as far in short recordings would be too far already. */
const STEP_MS = 5_000;
const STEPS_AT_LEAST = 10;

/** The one that plays: another one's start ends it. */
let playing: HTMLAudioElement | undefined;

/** A voice note or another sound. */
export function AudioPlayer({ attached: { upload }, entry, conversation }: AttachmentProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [state, setState] = useState<State>("idle");
  const [at, setAt] = useState(0);
  const [measured, setMeasured] = useState(0);
  const renewed = useRef(false);
  const length = upload.duration_ms ?? measured;

  useEffect(() => {
    const it = audio.current;
    return () => {
      if (it) release(it);
      if (playing === it) playing = undefined;
    };
  }, []);

  useEffect(() => {
    if (audio.current) audio.current.playbackRate = speed.value;
  }, [speed.value]);

  // timeupdate comes four times a second: the handle would hobble.
  useEffect(() => {
    if (state !== "playing") return;
    let frame = requestAnimationFrame(function follow() {
      setAt((audio.current?.currentTime ?? 0) * 1000);
      frame = requestAnimationFrame(follow);
    });
    return () => cancelAnimationFrame(frame);
  }, [state]);

  async function play(): Promise<void> {
    const it = audio.current;
    if (!it) return;
    if (!it.canPlayType(upload.mime)) {
      setState("unplayable");
      return;
    }
    if (playing !== it) playing?.pause();
    playing = it;
    if (!it.getAttribute("src")) {
      setState("loading");
      const found = await giveSource(it, conversation, entry.id, upload);
      if (found !== "ready") {
        setState(found);
        return;
      }
      // Meanwhile another one was started, or the thread was left.
      if (playing !== it) {
        setState("idle");
        return;
      }
    }
    it.playbackRate = speed.value;
    if (Math.abs(it.currentTime * 1000 - at) > 50) it.currentTime = at / 1000;
    setState("loading");
    // Refused: "error" comes as well. Interrupted by pause(): "pause" comes.
    await it.play().catch(() => undefined);
  }

  async function onError(): Promise<void> {
    const it = audio.current;
    if (!it?.getAttribute("src")) return;
    release(it);
    if (renewed.current) {
      setState("broken");
      return;
    }
    renewed.current = true;
    const found = await giveNew(it, conversation, entry.id, upload);
    if (found === "ready") await play();
    else setState(found);
  }

  function seek(ms: number): void {
    const to = Math.min(Math.max(ms, 0), length);
    setAt(to);
    if (audio.current?.getAttribute("src")) audio.current.currentTime = to / 1000;
  }

  function onKey(event: KeyboardEvent): void {
    const step = Math.min(STEP_MS, length / STEPS_AT_LEAST);
    const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    seek(at + by);
  }

  const name = isVoiceNote(upload) ? null : upload.name;
  const broken = state === "broken" || state === "gone";
  const silent = broken || state === "unplayable";
  const running = state === "playing" || state === "loading";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset does not lay out as a row in every browser
    <div
      class={`attachment audio ${state}`}
      role="group"
      aria-label={name ?? t("kind.voice", { time: lengthClock(length) })}
      data-testid="audio-player"
      data-id={entry.id}
      data-duration-ms={Math.round(length)}
      data-state={state}
    >
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what was said */}
      <audio
        ref={audio}
        preload="none"
        onPlaying={() => setState("playing")}
        onWaiting={() => setState("loading")}
        onPause={() => setState((now) => (now === "playing" || now === "loading" ? "paused" : now))}
        onEnded={() => {
          setState("idle");
          setAt(0);
        }}
        onDurationChange={(event) => {
          const { duration } = event.currentTarget;
          if (Number.isFinite(duration) && duration < 1e6) setMeasured(duration * 1000);
        }}
        onError={() => void onError()}
      />
      <button
        type="button"
        class="audio-play"
        aria-label={t(running ? "audio.pause" : "audio.play")}
        aria-busy={state === "loading"}
        disabled={silent}
        data-testid="audio-play"
        onClick={() => (running ? audio.current?.pause() : void play())}
      >
        <Icon body={running ? pauseIcon : playIcon} />
      </button>
      <div class={`audio-middle ${name ? "named" : ""}`}>
        {name && (
          <a
            class="audio-name"
            href={upload.url}
            download={name}
            onClick={(event) => void download(event, conversation, entry.id, upload)}
          >
            <FileName name={name} />
            <span class="visually-hidden">{t("file.download")}</span>
          </a>
        )}
        {broken && <Broken fault={state} what="audio" onRetry={() => void play()} />}
        {state === "unplayable" && (
          <span class="broken" role="status">
            {t("audio.unplayable")}
            <a
              class="text-button"
              href={upload.url}
              download={upload.name}
              onClick={(event) => void download(event, conversation, entry.id, upload)}
            >
              {t("file.download")}
            </a>
          </span>
        )}
        {!silent && (
          <>
            <input
              type="range"
              class="audio-scrubber"
              aria-label={t("audio.position")}
              aria-valuetext={t("audio.at", { at: clock(at), length: lengthClock(length) })}
              min={0}
              max={Math.max(1, Math.round(length))}
              step={1}
              value={Math.min(at, length)}
              style={{ "--played": `${length > 0 ? (100 * Math.min(at, length)) / length : 0}%` }}
              data-testid="audio-scrubber"
              onKeyDown={onKey}
              onInput={(event) => seek(Number(event.currentTarget.value))}
            />
            <small class="audio-time">
              {at === 0 ? lengthClock(length) : name ? clock(at) : `${clock(at)} / ${lengthClock(length)}`}
            </small>
          </>
        )}
      </div>
      {!silent && (
        <button
          type="button"
          class="audio-speed"
          aria-label={t("audio.speed", { speed: speed.value })}
          title={t("audio.speed", { speed: speed.value })}
          data-testid="audio-speed"
          onClick={nextSpeed}
        >
          {t("audio.times", { speed: speed.value })}
        </button>
      )}
    </div>
  );
}
