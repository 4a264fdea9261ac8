import { ask, computed, effect, signal, t } from "../kit";
import { type CallEvent, openCall, type RunningCall } from "./call";
import { hush, play } from "./tones";
import type { Call, CallMedia, CallsOptions, HookParts, OpenCalls, Ring } from "./types";

/** A ring that the server takes back is gone by then; this is for one whose end was missed. */
const RING_GRACE_MS = 1_500;
/** After a reconnect the server says again what rings: what it does not say is over. */
const SAID_AGAIN_MS = 2_000;
/** A running call cannot wait for a back-off of half a minute. */
const RETRY_MS = 2_500;
/** An ordinary end needs no answer. */
const ENDED_SHOWN_MS = 5_000;
const MISSED_SHOWN_MS = 12_000;

type RingEvent = Omit<Ring, "endsAt"> & { ends_in_ms: number };

/** All that a page knows of calls, but for how it looks. */
export function openCallList(hook: HookParts, options: CallsOptions): Omit<OpenCalls, "Panel"> {
  const { line, socket } = hook;
  const running = signal<RunningCall | null>(null);
  const rings = signal<readonly Ring[]>([]);
  const declined = new Set<string>();
  /** Events that came before the ack of `call` told which call they are about. */
  let early: [event: string, data: CallEvent][] = [];
  const busy = computed(() => {
    const is = running.value?.phase.value.is;
    return is !== undefined && is !== "ended" && is !== "refused";
  });

  function open(media: CallMedia, room: string, ring?: Ring): void {
    running.peek()?.close();
    early = [];
    const mine: RunningCall = openCall({
      options,
      hook,
      media,
      room,
      ...(ring && { ring }),
      onDismiss: () => put(mine, null),
      // What rang may have stopped ringing: then this side calls.
      onRetry: () =>
        open(
          media,
          room,
          rings.peek().find((one) => one.call_id === ring?.call_id),
        ),
      onId: () => {
        for (const [event, data] of early.splice(0))
          if (data.call_id === mine.id.peek()) mine.hear(event, data);
        dropRing(mine.id.peek());
      },
    });
    running.value = mine;
    mine.start();
  }

  function put(from: RunningCall, to: RunningCall | null): void {
    if (running.peek() === from) running.value = to;
  }

  function dropRing(id: string): void {
    if (rings.peek().some((ring) => ring.call_id === id)) {
      rings.value = rings.peek().filter((ring) => ring.call_id !== id);
    }
  }

  function onRing({ ends_in_ms, ...rest }: RingEvent): void {
    const { call_id } = rest;
    if (declined.has(call_id)) {
      sayDeclined(call_id);
      return;
    }
    const ring = { ...rest, endsAt: Date.now() + ends_in_ms };
    rings.value = [...rings.peek().filter((one) => one.call_id !== call_id), ring];
    window.setTimeout(() => {
      const left = rings.peek().find((one) => one.call_id === call_id);
      if (left && left.endsAt <= Date.now()) dropRing(call_id);
    }, ends_in_ms + RING_GRACE_MS);
  }

  function sayDeclined(call_id: string): void {
    // Offline, it is said when the ring is heard again.
    if (line) void ask(line, "decline", { call_id });
  }

  function hear(event: string, data: unknown): void {
    if (event === "ring") {
      onRing(data as RingEvent);
      return;
    }
    const about = data as CallEvent;
    const call = running.peek();
    if (call && call.id.peek() === about.call_id) call.hear(event, about);
    else if (call && !call.id.peek()) early.push([event, about]);
    const ring = rings.peek().find((one) => one.call_id === about.call_id);
    if (event === "accepted" && ring && call?.id.peek() !== ring.call_id)
      options.onAnswered?.(ring, about.by);
    // Answered, declined or ended elsewhere. Of a call that is being answered here, its own card tells.
    if (["accepted", "declined", "ended"].includes(event)) dropRing(about.call_id);
  }

  function onConnect(): void {
    running.peek()?.online();
    const before = rings.peek();
    window.setTimeout(() => {
      rings.value = rings.peek().filter((ring) => !before.includes(ring));
    }, SAID_AGAIN_MS);
  }
  line?.on("connect", onConnect);

  const stops = [
    effect(() => {
      if (rings.value.length === 0 || busy.value || options.quiet?.()) return;
      play("ring");
      return hush;
    }),
    effect(() => {
      const ring = rings.value.at(-1);
      // The panel of the agents has a title of its own for it.
      if (!ring || busy.value || options.me === "agent") return;
      const before = document.title;
      const said = t("call.said.ring", { name: ring.from });
      document.title = said;
      return () => {
        if (document.title === said) document.title = before;
      };
    }),
    effect(() => {
      if (!busy.value || socket.status.value.state !== "offline") return;
      const timer = window.setInterval(socket.retryNow, RETRY_MS);
      return () => clearInterval(timer);
    }),
    effect(() => {
      const call = running.value;
      const phase = call?.phase.value;
      if (phase?.is !== "ended" || phase.fault) return;
      const plain = phase.reason === "hangup";
      const timer = window.setTimeout(() => call?.dismiss(), plain ? ENDED_SHOWN_MS : MISSED_SHOWN_MS);
      return () => clearTimeout(timer);
    }),
  ];

  return {
    current: computed<Call | null>(() => running.value),
    rings,
    busy,
    async call(media, room = "") {
      if (busy.peek()) return;
      // They call at this moment: then it is answered.
      const theirs = rings.peek().find((ring) => !room || ring.room === room);
      open(media, theirs?.room ?? room, theirs);
    },
    async accept(ring, media) {
      if (!busy.peek()) open(media, ring.room, ring);
    },
    async decline(ring) {
      declined.add(ring.call_id);
      dropRing(ring.call_id);
      if (running.peek()?.ring === ring) running.peek()?.dismiss();
      sayDeclined(ring.call_id);
    },
    hangup: () => running.peek()?.hangup(),
    hear,
    close() {
      for (const stop of stops) stop();
      line?.off("connect", onConnect);
      const call = running.peek();
      if (busy.peek()) call?.hangup();
      call?.close();
      rings.value = [];
    },
  };
}
