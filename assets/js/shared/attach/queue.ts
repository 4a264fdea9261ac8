import type { ApiError } from "../api";
import type { Files } from "../files";
import { computed, localPreviews, nextDelay, type ReadonlySignal, type Signal, signal } from "../kit";
import type { Upload } from "../types";
import type { Kind } from "./kinds";
import { openLine } from "./line";
import { post, type Refusal } from "./post";
import type { Prepared } from "./prepare";

/** A person has one line, whatever the number of rooms. */
const AT_ONCE = 3;
const line = openLine(AT_ONCE);

/** A picture as this browser shows it. */
export interface Preview {
  url: string;
  width: number;
  height: number;
}

/** What is to be sent: a file, perhaps still being prepared. */
export interface Parcel {
  name: string;
  kind: Kind;
  size: number;
  preview?: Preview;
  /** Of a voice note. */
  durationMs?: number;
  ready: Promise<Prepared>;
}

export type JobState =
  /** For its turn, or for the connection. */
  { is: "waiting"; offline?: true } | { is: "sending" } | { is: "failed"; refusal: Refusal };

interface Words {
  caption: string;
  replyTo: number | undefined;
}
const NO_WORDS: Words = { caption: "", replyTo: undefined };

/** One file on its way to the server. */
export interface Job extends Parcel {
  key: string;
  /** Sent with one press: these keep their order. */
  batch: number;
  at: number;
  /** What goes with it: on the first of a batch. */
  readonly words: Signal<Words>;
  readonly state: Signal<JobState>;
  /** From 0 to 1. */
  readonly progress: Signal<number>;
}

interface Run {
  stop: AbortController;
  failures: number;
  timer?: number;
  done?: Upload;
}

export interface Queue {
  readonly jobs: ReadonlySignal<readonly Job[]>;
  /** Something would be lost if the page were left. */
  readonly busy: ReadonlySignal<boolean>;
  readonly blocked: ReadonlySignal<boolean>;
  add(parcels: Parcel[], caption: string, replyTo: number | undefined): void;
  retry(job: Job): void;
  discard(job: Job): void;
  /** The connection is (back) up: what waits for it goes on. */
  flush(): void;
  close(): void;
}

let lastKey = 0;

/** Uploads of one room. Each becomes a message in the outbox, which from then on answers for it. */
export function openQueue(files: Files, onFailed: (job: Job, refusal: Refusal) => void): Queue {
  const jobs = signal<readonly Job[]>([]);
  const runs = new Map<string, Run>();
  const isIn = (...states: JobState["is"][]) =>
    computed(() => jobs.value.some(({ state }) => states.includes(state.value.is)));
  const busy = isIn("waiting", "sending");
  const blocked = computed(() =>
    jobs.value.some(({ state: { value } }) => value.is === "failed" && value.refusal.code === "blocked"),
  );

  async function start(job: Job): Promise<void> {
    const run = runs.get(job.key);
    if (!run) return;
    clearTimeout(run.timer);
    delete run.timer;
    job.state.value = { is: "waiting" };
    const { blob, name } = await job.ready;
    const leave = await line();
    if (runs.has(job.key)) settle(job, run, await attempt(job, run, blob, name));
    leave();
  }

  async function attempt(job: Job, run: Run, blob: Blob, name: string): Promise<Upload | Refusal> {
    job.progress.value = 0;
    job.state.value = { is: "sending" };
    const onProgress = (share: number) => {
      job.progress.value = share;
    };
    const once = async (again: boolean) => {
      const headers = await files.authorise(again);
      return post(blob, name, { headers, signal: run.stop.signal, onProgress });
    };
    try {
      const outcome = await once(false);
      return "code" in outcome && outcome.code === "csrf" ? await once(true) : outcome;
    } catch (error) {
      // What authorises the upload could not be had.
      const { code = "network", status = 0 } = error as Partial<ApiError>;
      return { code, passing: status === 0 || status >= 500 || status === 429 };
    }
  }

  function settle(job: Job, run: Run, outcome: Upload | Refusal): void {
    if (!runs.has(job.key)) return;
    if (!("code" in outcome)) {
      run.done = outcome;
      if (job.preview) localPreviews.set(outcome.id, job.preview.url);
    } else if (outcome.passing) {
      job.state.value = { is: "waiting", ...(outcome.code === "network" && { offline: true }) };
      run.timer = window.setTimeout(() => start(job), outcome.retryAfterMs ?? nextDelay(run.failures++));
    } else {
      job.state.value = { is: "failed", refusal: outcome };
      onFailed(job, outcome);
      files.onRefused?.(outcome.code);
    }
    handOver(job.batch);
  }

  /** Gives to the outbox what is done and has nothing of its own batch before it that is still under way. */
  function handOver(batch: number): void {
    for (const job of jobs.value.filter((one) => one.batch === batch)) {
      const done = runs.get(job.key)?.done;
      if (done) {
        drop(job);
        const { caption, replyTo } = job.words.value;
        files.outbox.add(caption, replyTo, done);
      } else if (job.state.value.is !== "failed") return;
    }
  }

  function drop(job: Job): void {
    runs.delete(job.key);
    jobs.value = jobs.value.filter((one) => one !== job);
  }

  const flush = () => {
    for (const job of jobs.value) if (runs.get(job.key)?.timer !== undefined) void start(job);
  };
  window.addEventListener("online", flush);

  return {
    jobs,
    busy,
    blocked,
    add(parcels, caption, replyTo) {
      const batch = lastKey;
      const added = parcels.map(
        (parcel, index): Job => ({
          ...parcel,
          key: `upload-${++lastKey}`,
          batch,
          at: Date.now(),
          words: signal(index === 0 ? { caption, replyTo } : NO_WORDS),
          state: signal<JobState>({ is: "waiting" }),
          progress: signal(0),
        }),
      );
      for (const { key } of added) runs.set(key, { stop: new AbortController(), failures: 0 });
      jobs.value = [...jobs.value, ...added];
      for (const job of added) void start(job);
    },
    retry(job) {
      if (job.state.value.is === "failed") void start(job);
    },
    discard(job) {
      const run = runs.get(job.key);
      drop(job);
      clearTimeout(run?.timer);
      run?.stop.abort();
      if (job.preview) URL.revokeObjectURL(job.preview.url);
      // The words belong to what is left of the sending; else the person has them back.
      const next = jobs.value.find(({ batch }) => batch === job.batch);
      if (next) {
        if (job.words.value !== NO_WORDS) next.words.value = job.words.value;
      } else if (job.words.value.caption) files.composer.current?.insert(job.words.value.caption);
      handOver(job.batch);
    },
    flush,
    close() {
      window.removeEventListener("online", flush);
      for (const job of jobs.value) {
        const run = runs.get(job.key);
        runs.delete(job.key);
        clearTimeout(run?.timer);
        run?.stop.abort();
      }
      jobs.value = [];
    },
  };
}
