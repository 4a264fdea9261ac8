import { onOtherNetwork } from "./network";
import { watchQuality } from "./quality";
import type { Signal } from "./signal-queue";
import type { Quality } from "./types";
import { openPeer, type PeerOptions } from "./webrtc";

const TICK_MS = 1_000;
/** A second or two without a packet is no reason to begin anew. The polite side goes first: two offers at once cost a round. */
const PATIENCE_MS = { polite: 2_000, impolite: 3_500 };
const AGAIN_AFTER_FAILED_MS = 3_000;
const AGAIN_AFTER_MS = 6_000;
const CHECKING_MS = 12_000;
/** While both sides reach the server, a way between them is found by then or not at all. */
const GIVE_UP_MS = 25_000;
/** The server may be away for longer than that. */
const GIVE_UP_AWAY_MS = 60_000;
/** Credentials of the relay live for an hour; new ones are asked for in good time. */
const OLD_SERVERS_MS = 30 * 60_000;

export interface LinkOptions extends Omit<PeerOptions, "onChange"> {
  /** Whether a signal would reach the other side now. */
  reachable: () => boolean;
  freshServers: () => Promise<RTCIceServer[] | undefined>;
  /** Media flows, or has stopped flowing. */
  onFlow: (flows: boolean) => void;
  /** The way to the server may be another, too. */
  onOtherNetwork: () => void;
  /** There is no way, or none any more. */
  onGivenUp: () => void;
  onQuality: (quality: Quality) => void;
}

/** Media between two browsers that is kept flowing: what is lost is looked for again. */
export interface Link {
  /** The caller makes the first offer. */
  start(): void;
  hear(signal: Signal): void;
  setTrack(kind: "audio" | "video", track: MediaStreamTrack | null): void;
  /** Signals may have been lost; the servers may be others. */
  reachedAgain(iceServers?: RTCIceServer[]): void;
  close(): void;
}

export function openLink(options: LinkOptions): Link {
  const { polite, reachable, onFlow, onGivenUp, onQuality } = options;
  const peer = openPeer({ ...options, onChange });
  const { pc } = peer;
  let flows = false;
  let downAt = Date.now();
  let triedAt = Date.now();
  let serversAt = Date.now();
  let reachableMs = 0;
  let stopQuality = () => {};

  function onChange(): void {
    const now = pc.connectionState === "connected";
    if (now === flows) return;
    flows = now;
    downAt = Date.now();
    reachableMs = 0;
    stopQuality();
    stopQuality = flows ? watchQuality(pc, onQuality) : () => {};
    onFlow(flows);
  }

  function tick(): void {
    if (flows) return;
    const downMs = Date.now() - downAt;
    const sinceMs = Date.now() - triedAt;
    if (reachable()) reachableMs += TICK_MS;
    if (reachableMs >= GIVE_UP_MS || downMs >= GIVE_UP_AWAY_MS) onGivenUp();
    else if (reachable() && isTime(downMs, sinceMs)) void lookAgain();
  }

  function isTime(downMs: number, sinceMs: number): boolean {
    if (pc.signalingState === "have-local-offer") return sinceMs >= AGAIN_AFTER_MS;
    if (pc.iceConnectionState === "failed") return sinceMs >= AGAIN_AFTER_FAILED_MS;
    if (pc.iceConnectionState === "disconnected") {
      return downMs >= PATIENCE_MS[polite ? "polite" : "impolite"] && sinceMs >= AGAIN_AFTER_MS;
    }
    return pc.iceConnectionState === "checking" && sinceMs >= CHECKING_MS;
  }

  async function lookAgain(): Promise<void> {
    triedAt = Date.now();
    if (peer.repeatOffer()) return;
    const fresh = Date.now() - serversAt > OLD_SERVERS_MS ? await options.freshServers() : undefined;
    if (fresh) serversAt = Date.now();
    peer.restart(fresh);
  }

  const timer = window.setInterval(tick, TICK_MS);
  const stopNetwork = onOtherNetwork(() => {
    options.onOtherNetwork();
    // A call that has not begun finds its way by itself.
    if (pc.remoteDescription) void lookAgain();
  });

  return {
    start: peer.start,
    hear: peer.hear,
    setTrack: peer.setTrack,
    reachedAgain(iceServers) {
      if (iceServers) serversAt = Date.now();
      triedAt = Date.now();
      if (peer.repeatOffer() || flows || !pc.remoteDescription) return;
      peer.restart(iceServers);
    },
    close() {
      clearInterval(timer);
      stopNetwork();
      stopQuality();
      peer.close();
    },
  };
}
