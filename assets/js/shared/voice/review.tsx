import pause from "icon:pause";
import play from "icon:play";
import send from "icon:send-horizontal";
import trash from "icon:trash-2";
import { clock } from "../attachments/clock";
import { Icon, IconButton, t, useEffect, useRef, useSignal } from "../kit";
import { drawBars } from "./draw-bars";
import { openPlayback, type Playback } from "./playback";
import type { Note } from "./recorder";

/** Hear it before it goes. */
export function Review({ note, onDelete, onSend }: { note: Note; onDelete: () => void; onSend: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const player = useRef<Playback | null>(null);
  const at = useSignal(0);
  const playing = useSignal(false);
  useEffect(() => {
    const opened = openPlayback(note, (atMs, isPlaying) => {
      at.value = atMs;
      playing.value = isPlaying;
    });
    player.current = opened;
    return opened.close;
  }, [note, at, playing]);

  const played = at.value / note.durationMs;
  useEffect(() => {
    const it = canvas.current;
    if (!it) return;
    const draw = () => drawBars(it, { all: note.levels, played });
    const observer = new ResizeObserver(draw);
    observer.observe(it);
    return () => observer.disconnect();
  }, [note, played]);

  const started = playing.value || at.value > 0;
  return (
    <>
      <IconButton
        icon={trash}
        class="danger"
        label={t("voice.delete")}
        data-testid="voice-delete"
        onClick={onDelete}
      />
      <IconButton
        icon={playing.value ? pause : play}
        class="voice-play"
        label={t(playing.value ? "voice.pause" : "voice.play")}
        data-testid="voice-play"
        onClick={() => player.current?.toggle()}
      />
      <span class="voice-wave">
        <canvas ref={canvas} />
        <input
          type="range"
          min={0}
          max={note.durationMs}
          step={100}
          value={at.value}
          aria-label={t("voice.position")}
          aria-valuetext={t("voice.position.of", { at: clock(at.value), length: clock(note.durationMs) })}
          onInput={(event) => player.current?.seek(event.currentTarget.valueAsNumber)}
        />
      </span>
      <span class="voice-time" data-testid="voice-timer">
        {clock(started ? at.value : note.durationMs)}
      </span>
      <button
        type="button"
        class="send"
        aria-label={t("voice.send")}
        title={t("voice.send")}
        data-testid="voice-send"
        data-next
        onClick={onSend}
      >
        <Icon body={send} />
      </button>
    </>
  );
}
