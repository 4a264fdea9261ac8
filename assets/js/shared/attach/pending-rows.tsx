import alert from "icon:circle-alert";
import close from "icon:x";
import { clock } from "../attachments/clock";
import { FileName } from "../attachments/file-name";
import type { Files } from "../files";
import { Icon, imageBox, t, useEffect, useLayoutEffect, useRef } from "../kit";
import { FileSign } from "./file-sign";
import type { Job, Queue } from "./queue";
import { refusalText } from "./refusal";
import { Ring } from "./ring";
import { formatPercent, formatSize } from "./size";

/** Within this of the end counts as being at it. */
const NEAR_END_PX = 60;

/** Files on their way, where their messages will stand. */
export function PendingRows({ queue, files }: { queue: Queue; files: Files }) {
  const place = useRef<HTMLDivElement>(null);
  const jobs = queue.jobs.value;
  const newest = jobs.at(-1)?.key;
  useLayoutEffect(() => {
    // Who sends wants to see it.
    const log = place.current?.closest("[role=log]");
    if (!newest || !log) return;
    log.scrollTop = log.scrollHeight;
    // The tray goes in the same moment and a thread that changes its height does not take that for scrolling.
    const timer = setTimeout(() => {
      log.scrollTop = log.scrollHeight;
      log.dispatchEvent(new Event("scroll"));
    }, 50);
    return () => clearTimeout(timer);
  }, [newest]);
  useEffect(() => {
    const it = place.current;
    const log = it?.closest("[role=log]");
    if (!it || !log) return;
    let height = it.clientHeight;
    // A row that fails needs more room: who was at the end stays there.
    const observer = new ResizeObserver(() => {
      const below = log.scrollHeight - log.scrollTop - log.clientHeight;
      if (below < it.clientHeight - height + NEAR_END_PX) log.scrollTop = log.scrollHeight;
      height = it.clientHeight;
    });
    observer.observe(it);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="pending" ref={place}>
      {jobs.map((job) => (
        <PendingRow key={job.key} job={job} queue={queue} files={files} />
      ))}
    </div>
  );
}

function PendingRow({ job, queue, files }: { job: Job; queue: Queue; files: Files }) {
  const state = job.state.value;
  const { caption } = job.words.value;
  const discard = () => {
    const neighbour = neighbourOf(job);
    queue.discard(job);
    if (neighbour) neighbour.focus();
    else files.composer.current?.focus();
  };
  return (
    <div
      class="group mine"
      data-testid="upload-row"
      data-state={state.is}
      data-name={job.name}
      data-key={job.key}
    >
      <div
        class={`bubble mine first last upload ${state.is} ${job.preview ? "picture" : "file"} ${caption && "captioned"}`}
        dir="auto"
      >
        <div class="upload-body">
          {job.preview ? <Picture job={job} /> : <Card job={job} />}
          {state.is !== "failed" && (
            <span class="upload-control">
              <Ring
                progress={job.progress}
                label={t("upload.progress", { name: job.name })}
                going={state.is === "sending"}
              />
              <button
                type="button"
                class="upload-cancel"
                aria-label={t("upload.cancel", { name: job.name })}
                title={t("cancel")}
                data-testid="upload-cancel"
                onClick={discard}
              >
                <Icon body={close} />
              </button>
            </span>
          )}
        </div>
        {caption && <p class="upload-caption">{caption}</p>}
      </div>
      {state.is === "failed" ? (
        <div class="meta mine failed">
          <span class="reason">
            <Icon body={alert} />
            {t("state.failed")}. {/* Whoever is blocked reads it where the field was. */}
            {state.refusal.code !== "blocked" && refusalText(state.refusal, files.limits())}
          </span>
          <button
            type="button"
            class="text-button"
            data-testid="upload-retry"
            onClick={() => queue.retry(job)}
          >
            {t("state.retry")}
          </button>
          <button type="button" class="text-button quiet" data-testid="upload-discard" onClick={discard}>
            {t("state.discard")}
          </button>
        </div>
      ) : (
        <div class="meta mine" aria-hidden="true">
          <Progress job={job} />
        </div>
      )}
    </div>
  );
}

/** In the box its message will have. */
function Picture({ job }: { job: Job }) {
  if (!job.preview) return null;
  const { caption, replyTo } = job.words.value;
  const { width, height } = imageBox(job.preview, caption !== "" || replyTo !== undefined);
  const fits = job.preview.width <= width && job.preview.height <= height;
  return (
    <div class="upload-picture" style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}>
      <img src={job.preview.url} alt={job.name} class={fits ? "fits" : undefined} />
    </div>
  );
}

function Card({ job }: { job: Job }) {
  const { kind, name, durationMs } = job;
  return (
    <div class="upload-card">
      <FileSign kind={kind} />
      <span class="upload-words">
        {durationMs === undefined ? <FileName name={name} /> : <b>{t("voice.note")}</b>}
        <small>{durationMs === undefined ? formatSize(job.size) : clock(durationMs)}</small>
      </span>
    </div>
  );
}

function Progress({ job }: { job: Job }) {
  const state = job.state.value;
  if (state.is === "waiting") return <span>{t(state.offline ? "upload.offline" : "upload.waiting")}</span>;
  const share = job.progress.value;
  return (
    <span>{share < 1 ? t("upload.sending", { percent: formatPercent(share) }) : t("upload.finishing")}</span>
  );
}

/** Where the focus goes when this row does: the control of the row after it, or before. */
function neighbourOf(job: Job): HTMLElement | null | undefined {
  const row = document.querySelector(`[data-key="${job.key}"]`);
  return (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector("button");
}
