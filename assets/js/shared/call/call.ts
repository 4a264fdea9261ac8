import { batch, computed, effect, signal } from "../kit";
import { type Given, openCallLine, type Resumed } from "./call-line";
import { openFloating } from "./floating";
import { guardCall } from "./guards";
import { openLevel, restLevels } from "./levels";
import { type Link, openLink } from "./link";
import { mediaFault, refusalFault } from "./media-fault";
import { openOwnMedia } from "./own-media";
import { openSignalQueue, type Signal } from "./signal-queue";
import { openSpeaker } from "./speaker";
import { hush, play } from "./tones";
import type {
  Call,
  CallMedia,
  CallsOptions,
  EndReason,
  HookParts,
  Phase,
  Quality,
  Ring,
  Shown,
} from "./types";

const AGAIN_MS = 2_000;

export interface RunningCall extends Call {
  /** Of the ring that it answers. */
  readonly ring: Ring | undefined;
  start(): void;
  /** An event of /call that names it. */
  hear(event: string, data: CallEvent): void;
  /** The server is reached again. */
  online(): void;
  close(): void;
}

export interface CallEvent {
  call_id: string;
  by?: string;
  online?: boolean;
  reason?: EndReason;
  duration_ms?: number;
  description?: RTCSessionDescriptionInit;
  candidate?: RTCIceCandidateInit;
  state?: Shown;
}

export interface CallSetup {
  options: CallsOptions;
  hook: HookParts;
  media: CallMedia;
  room: string;
  /** What is answered; without one this side calls. */
  ring?: Ring;
  onDismiss: () => void;
  onRetry: () => void;
  /** The server gave its id. Events that name it may have come before. */
  onId: () => void;
}

/** One call, from the press of a button to its last word. */
export function openCall(setup: CallSetup): RunningCall {
  const { options, hook, media: wish, room, ring } = setup;
  const outgoing = !ring;
  const canVideo = options.allowed() === "video" || ring?.media === "video";
  const id = signal(ring?.call_id ?? "");
  const media = signal<CallMedia>(ring?.media ?? wish);
  const peer = signal(ring?.from ?? options.peerName(room));
  const phase = signal<Phase>({ is: "asking" });
  const connectedAt = signal(0);
  const theirs = signal<Shown>({ audio: true, video: false, screen: false });
  const quality = signal<Quality | null>(null);
  const peerAway = signal(false);
  const theirAudio = signal<MediaStreamTrack | null>(null);
  const theirPicture = signal<MediaStreamTrack | null>(null);
  // Each in its own: a new stream for every word of the other side would flicker.
  const theirStream = computed(() => theirPicture.value && new MediaStream([theirPicture.value]));
  const shows = computed(() => theirs.value.video || theirs.value.screen);
  const theirVideo = computed(() => (shows.value ? theirStream.value : null));

  const early: Signal[] = [];
  let link: Link | undefined;
  let iceServers: RTCIceServer[] = [];
  /** Pressed before the server gave an id. */
  let hangupDue = false;
  let connectedSaid = false;
  let closed = false;
  let timer: number | undefined;
  let releaseGuard: (() => void) | undefined;

  const line = openCallLine(hook, id);
  const own = openOwnMedia((kind, track) => link?.setTrack(kind, track));
  const speaker = openSpeaker(computed(() => own.chosen.value.audiooutput));
  const ownLevel = openLevel(own.microphone);
  const theirLevel = openLevel(theirAudio);
  const floating = openFloating(theirVideo);
  const queue = openSignalQueue((one) => line.tell("signal", one), gone);
  const stopShowing = effect(() => {
    const state = own.shown.value;
    if (isRunning(phase.value)) queue.send({ state });
  });

  const isOver = () => closed || phase.peek().is === "ended";

  async function start(): Promise<void> {
    phase.value = { is: "asking" };
    if (!hook.line) return refuse("insecure");
    try {
      await own.open(wish === "video");
    } catch (error) {
      if (!isOver()) refuse(mediaFault(error));
      return;
    }
    // Hung up meanwhile.
    if (isOver()) return;
    releaseGuard = guardCall(leave);
    if (outgoing) await dial();
    else await answer();
  }

  async function dial(): Promise<void> {
    phase.value = { is: "ringing" };
    // A camera that is not there makes it a call of voices; the other side's picture would need a wish for it.
    const asked = wish === "video" && own.shown.value.video ? "video" : "audio";
    media.value = asked;
    const ack = await line.dial({ media: asked, ...(options.me === "agent" && { room }) }, () => !hangupDue);
    if (!ack.ok) {
      if (!isOver()) refuse(refusalFault(ack.code));
      return;
    }
    id.value = ack.call_id;
    if (hangupDue) return line.hangup();
    if (isOver()) return;
    // Both called at once: the other side's call counts, and this side has answered it.
    if (ack.accepted) connect(ack, false);
    else {
      iceServers = ack.ice_servers;
      play("ring-back");
    }
    setup.onId();
  }

  async function answer(): Promise<void> {
    const ack = await line.accept();
    if (ack.ok && !isOver()) {
      connect(ack, false);
      return setup.onId();
    }
    // Unanswered, it may have been accepted all the same.
    if (ack.ok || ack.code === "timeout") void line.hangup();
    if (!ack.ok && !isOver()) refuse(refusalFault(ack.code));
  }

  function connect(given: Pick<Given, "ice_servers" | "media">, caller: boolean): void {
    hush();
    if (given.media) media.value = given.media;
    theirs.value = { ...theirs.value, video: media.value === "video" };
    link = openLink({
      polite: options.me === "visitor",
      iceServers: given.ice_servers,
      video: canVideo,
      send: queue.send,
      onTrack: (track) => {
        if (track.kind === "audio") {
          theirAudio.value = track;
          speaker.play(track);
        } else theirPicture.value = track;
      },
      reachable: () => !!hook.line?.connected && !peerAway.peek(),
      freshServers: async () => {
        const ack = await line.resume();
        return ack.ok ? ack.ice_servers : undefined;
      },
      onFlow,
      onOtherNetwork: () => void hook.socket.probe(),
      onGivenUp: () => {
        void line.hangup(true);
        end(connectedAt.peek() ? "lost" : "failed", sinceConnected());
      },
      onQuality: (measured) => {
        const { value } = quality;
        if (value?.level !== measured.level || value.relayed !== measured.relayed) quality.value = measured;
      },
    });
    const { microphone, preview } = own;
    link.setTrack("audio", microphone.peek());
    link.setTrack("video", preview.peek()?.getVideoTracks()[0] ?? null);
    if (caller) link.start();
    phase.value = { is: "connecting" };
    for (const one of early.splice(0)) link.hear(one);
  }

  function onFlow(flows: boolean): void {
    if (isOver()) return;
    if (flows && connectedAt.peek() === 0) {
      play("connected");
      connectedAt.value = Date.now();
    }
    phase.value = { is: flows ? "connected" : "reconnecting" };
    if (flows) {
      void sayConnected();
    } else {
      quality.value = null;
      // The server may be out of reach for the same reason without knowing it yet.
      void hook.socket.probe();
    }
  }

  async function sayConnected(): Promise<void> {
    if (connectedSaid || isOver()) return;
    const ack = await line.tell("connected");
    if (ack.ok) connectedSaid = true;
    else if (ack.code === "call") gone();
    else if (ack.code !== "offline") setTimeout(sayConnected, ack.retry_after_ms ?? AGAIN_MS);
  }

  /** The server does not know it any more. */
  function gone(): void {
    end(phase.peek().is === "ringing" ? "missed" : "lost", sinceConnected());
  }

  const sinceConnected = () => (connectedAt.peek() ? Date.now() - connectedAt.peek() : 0);

  function refuse(fault: ReturnType<typeof refusalFault>): void {
    release();
    hush();
    phase.value = { is: "refused", fault };
  }

  function end(reason: EndReason, durationMs: number): void {
    const before = phase.peek();
    if (before.is === "ended") {
      // The server's own measure is the one in the thread.
      if (durationMs) phase.value = { ...before, durationMs };
      return;
    }
    if (before.is === "refused") return;
    if (before.is === "asking") hush();
    else play("ended");
    release();
    batch(() => {
      phase.value =
        reason === "failed"
          ? { is: "ended", reason, durationMs, fault: "media" }
          : { is: "ended", reason, durationMs };
      quality.value = null;
      theirPicture.value = null;
    });
  }

  /** Devices, connection, guards: all that a call holds. */
  function release(): void {
    link?.close();
    link = undefined;
    releaseGuard?.();
    releaseGuard = undefined;
    queue.close();
    own.close();
    speaker.close();
    ownLevel.close();
    theirLevel.close();
    floating.close();
    restLevels();
  }

  /** The page goes away: there is time for one word, and it leaves at once. */
  function leave(): void {
    if (id.peek() && !isOver()) line.hangupNow();
  }

  function hangup(): void {
    const { is } = phase.peek();
    if (is === "ringing" || isRunning({ is })) {
      if (id.peek()) void line.hangup();
      else hangupDue = true;
    }
    if (isRunning({ is })) end("hangup", sinceConnected());
    // Nobody was reached yet, or it is over. A ring goes on until it is declined.
    else dismiss();
  }

  function dismiss(): void {
    close();
    setup.onDismiss();
  }

  function close(): void {
    if (closed) return;
    closed = true;
    stopShowing();
    clearTimeout(timer);
    if (isRunning(phase.peek()) || phase.peek().is === "asking" || phase.peek().is === "ringing") {
      hush();
      release();
    }
  }

  async function online(): Promise<void> {
    clearTimeout(timer);
    if (isOver() || !id.peek() || phase.peek().is === "asking" || phase.peek().is === "refused") return;
    const ack = await line.resume();
    if (isOver()) return;
    if (ack.ok) return resumed(ack);
    if (ack.code === "call") gone();
    else if (ack.code !== "offline") timer = window.setTimeout(online, ack.retry_after_ms ?? AGAIN_MS);
  }

  function resumed(ack: Resumed): void {
    peerAway.value = !ack.peer_online;
    if (phase.peek().is === "ringing") {
      // Answered while this side was away.
      if (ack.state !== "ringing") connect(ack, true);
      return;
    }
    reachedAgain(ack.ice_servers);
  }

  function reachedAgain(servers?: RTCIceServer[]): void {
    link?.reachedAgain(servers);
    queue.resume();
    queue.send({ state: own.shown.peek() });
    if (phase.peek().is === "connected") void sayConnected();
  }

  function hear(event: string, data: CallEvent): void {
    if (event === "ended") end(data.reason ?? "hangup", data.duration_ms ?? 0);
    if (isOver()) return;
    if (event === "accepted") {
      if (data.by) peer.value = data.by;
      if (outgoing && phase.peek().is === "ringing") connect({ ice_servers: iceServers }, true);
      // Another browser of the same person was faster.
      else if (!outgoing && phase.peek().is === "asking") refuse("answered");
    } else if (event === "peer") {
      peerAway.value = !data.online;
      if (data.online) reachedAgain();
    } else if (event === "signal") {
      if (data.state) theirs.value = data.state;
      else if (link) link.hear(data as Signal);
      else early.push(data as Signal);
    }
  }

  return {
    id,
    ring,
    room,
    me: options.me,
    media,
    outgoing,
    peer,
    phase,
    connectedAt,
    own: own.shown,
    theirs,
    ownLevel: ownLevel.value,
    theirLevel: theirLevel.value,
    quality,
    peerAway,
    ownVideo: own.preview,
    mirrored: own.mirrored,
    theirVideo,
    soundBlocked: speaker.blocked,
    trouble: own.trouble,
    devices: own.devices,
    chosen: own.chosen,
    canFlip: own.canFlip,
    canVideo,
    canShareScreen: canVideo && options.me === "agent" && "getDisplayMedia" in (navigator.mediaDevices ?? {}),
    mute: own.mute,
    camera: own.camera,
    flip: own.flip,
    shareScreen: own.shareScreen,
    choose: own.choose,
    unblock: speaker.unblock,
    floating: floating.on,
    float: floating.toggle,
    hangup,
    dismiss,
    retry() {
      close();
      setup.onRetry();
    },
    start: () => void start(),
    hear,
    online: () => void online(),
    close,
  };
}

function isRunning({ is }: Pick<Phase, "is">): boolean {
  return is === "connecting" || is === "connected" || is === "reconnecting";
}
