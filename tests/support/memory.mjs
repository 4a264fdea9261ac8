// The memory of a server and of the processes it started, watched closely enough that no short-lived one is missed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const EVERY_MS = 10;

function statusKib(pid, field) {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

/** `pid` and all its descendants. */
function family(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended.
    }
  }
  const found = [pid];
  for (let i = 0; i < found.length; i += 1) found.push(...(children.get(found[i]) ?? []));
  return found;
}

/**
 * Kilobytes that all of them have resident now. Of the others only what is theirs alone: their program is the server's own
 * file, whose pages are in memory once.
 */
export function residentKib(pid) {
  const [, ...others] = family(pid);
  const own = (one) => statusKib(one, "RssAnon") + statusKib(one, "RssShmem");
  return others.reduce((sum, one) => sum + own(one), statusKib(pid, "VmRSS"));
}

/** Watches in a thread of its own, so that a busy test misses nothing. */
export class MemoryWatch {
  constructor(pid) {
    this.pid = pid;
    this.idleKib = residentKib(pid);
    this.worker = new Worker(new URL(import.meta.url), { workerData: { pid } });
  }

  #ask(word) {
    return new Promise((resolve) => {
      this.worker.once("message", resolve);
      this.worker.postMessage(word);
    });
  }

  /**
   * Since the last lap: `peakKib` of all together as sampled, `serverPeakKib` and `childPeakKib` as the kernel knows them,
   * which misses nothing.
   */
  async lap() {
    const sampled = await this.#ask("lap");
    const serverPeakKib = statusKib(this.pid, "VmHWM");
    // proc(5): the highest so far starts anew.
    writeFileSync(`/proc/${this.pid}/clear_refs`, "5");
    return { ...sampled, serverPeakKib, peakKib: Math.max(sampled.peakKib, serverPeakKib) };
  }

  stop() {
    return this.worker.terminate();
  }
}

if (!isMainThread) {
  const { pid } = workerData;
  const fresh = () => ({ peakKib: 0, childPeakKib: 0, samples: 0 });
  let seen = fresh();
  setInterval(() => {
    seen.samples += 1;
    seen.peakKib = Math.max(seen.peakKib, residentKib(pid));
    // The highest a child ever was: it may have ended before the next look.
    for (const one of family(pid).slice(1)) seen.childPeakKib = Math.max(seen.childPeakKib, statusKib(one, "VmHWM"));
  }, EVERY_MS);
  parentPort.on("message", () => {
    parentPort.postMessage(seen);
    seen = fresh();
  });
}
