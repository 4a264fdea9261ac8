import type { Signal } from "./signal-queue";

export interface PeerOptions {
  /** Gives way when both sides offer at once. */
  polite: boolean;
  iceServers: RTCIceServer[];
  /** Whether pictures may flow, now or later in the call. */
  video: boolean;
  send: (signal: Signal) => void;
  /** Once for each kind. */
  onTrack: (track: MediaStreamTrack) => void;
  onChange: () => void;
}

/** One side of the connection between two browsers. */
export interface Peer {
  readonly pc: RTCPeerConnection;
  /** The caller speaks first; the other side waits for the offer. */
  start(): void;
  hear(signal: Signal): void;
  /** What is sent from now on, without a new negotiation. */
  setTrack(kind: "audio" | "video", track: MediaStreamTrack | null): void;
  /** Looks for a way anew, with fresh servers if there are some. */
  restart(iceServers?: RTCIceServer[]): void;
  /** Says the last offer again: it may have been lost with a connection. True when there was one. */
  repeatOffer(): boolean;
  close(): void;
}

/**
 * Perfect negotiation (W3C WebRTC §10.7). Both kinds of media are negotiated at the start, with or without a track: a
 * camera that is switched on later, a shared screen or another microphone then only replace a track.
 */
export function openPeer({ polite, iceServers, video, send, onTrack, onChange }: PeerOptions): Peer {
  const pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
  const tracks: Record<"audio" | "video", MediaStreamTrack | null> = { audio: null, video: null };
  const stream = new MediaStream();
  const early: RTCIceCandidateInit[] = [];
  let makingOffer = false;
  let settingAnswer = false;
  let ignoring = false;
  let hearing = Promise.resolve();

  pc.onnegotiationneeded = async () => {
    makingOffer = true;
    try {
      await pc.setLocalDescription();
      sayDescription();
    } catch {
      // Closed meanwhile, or the other side was faster: then its offer is answered.
    } finally {
      makingOffer = false;
    }
  };
  pc.onicecandidate = ({ candidate }) => {
    if (candidate?.candidate) send({ candidate: candidate.toJSON() });
  };
  pc.ontrack = ({ track }) => onTrack(track);
  pc.onconnectionstatechange = onChange;
  pc.oniceconnectionstatechange = onChange;

  function sayDescription(): void {
    const description = pc.localDescription;
    if (description) send({ description: { type: description.type, sdp: description.sdp } });
  }

  async function onDescription(description: RTCSessionDescriptionInit): Promise<void> {
    const isOffer = description.type === "offer";
    const ready = !makingOffer && (pc.signalingState === "stable" || settingAnswer);
    ignoring = isOffer && !ready && !polite;
    if (ignoring) return;
    // The same answer twice.
    if (!isOffer && pc.signalingState !== "have-local-offer") return;
    settingAnswer = !isOffer;
    try {
      // An own offer is rolled back by it.
      await pc.setRemoteDescription(description);
    } finally {
      settingAnswer = false;
    }
    for (const candidate of early.splice(0)) await addCandidate(candidate);
    if (!isOffer) return;
    for (const kind of ["audio", "video"] as const) join(kind);
    await pc.setLocalDescription();
    sayDescription();
  }

  /** Its sections of the other side's offer become this side's, too. */
  function join(kind: "audio" | "video"): void {
    const transceiver = find(kind);
    if (!transceiver) return;
    transceiver.direction = kind === "audio" || video ? "sendrecv" : "inactive";
    transceiver.sender.setStreams?.(stream);
    void transceiver.sender.replaceTrack(tracks[kind]);
  }

  function find(kind: "audio" | "video"): RTCRtpTransceiver | undefined {
    return pc.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
  }

  async function addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!pc.remoteDescription) {
      early.push(candidate);
      return;
    }
    // One of an offer that was ignored, or of a round that is over, fits nothing any more.
    await pc.addIceCandidate(candidate).catch(() => {});
  }

  async function take(signal: Signal): Promise<void> {
    if (pc.signalingState === "closed") return;
    if ("description" in signal) await onDescription(signal.description);
    else if ("candidate" in signal) await addCandidate(signal.candidate);
  }

  return {
    pc,
    start() {
      for (const kind of video ? (["audio", "video"] as const) : (["audio"] as const)) {
        if (find(kind)) continue;
        pc.addTransceiver(tracks[kind] ?? kind, { direction: "sendrecv", streams: [stream] });
      }
    },
    hear(signal) {
      // In the order they came, each only after the one before is done with.
      hearing = hearing.then(() => take(signal)).catch(() => {});
    },
    setTrack(kind, track) {
      tracks[kind] = track;
      void find(kind)
        ?.sender.replaceTrack(track)
        .catch(() => {});
    },
    restart(fresh) {
      if (pc.signalingState === "closed") return;
      // Firefox before 119 keeps the first ones.
      if (fresh) pc.setConfiguration?.({ ...pc.getConfiguration(), iceServers: fresh });
      pc.restartIce();
    },
    repeatOffer() {
      const pending = pc.signalingState === "have-local-offer";
      if (pending) sayDescription();
      return pending;
    },
    close() {
      pc.onconnectionstatechange = null;
      pc.oniceconnectionstatechange = null;
      pc.onnegotiationneeded = null;
      pc.onicecandidate = null;
      pc.ontrack = null;
      pc.close();
    },
  };
}
