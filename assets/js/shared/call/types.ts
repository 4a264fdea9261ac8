import type { ReadonlySignal } from "@preact/signals";
import type { Socket } from "socket.io-client";
import type { ChatSocket } from "../socket";
import type { CallMedia, Party } from "../types";

export type { CallMedia };

/** How a call ended, as the server says it. */
export type EndReason = "hangup" | "declined" | "missed" | "busy" | "failed" | "lost";

/** Somebody is calling and this page may answer. */
export interface Ring {
  readonly call_id: string;
  readonly room: string;
  /** The caller's name. */
  readonly from: string;
  readonly caller: Party;
  readonly media: CallMedia;
  /** When it stops by itself; milliseconds of this device's clock. */
  readonly endsAt: number;
}

/**
 * Why there is no call, or no media in one. Of the devices: denied, missing, in_use, insecure, device. Of the server: its
 * refusal codes, and `offline`, `timeout`. `answered`: somebody else was faster. `media`: no way between the two sides.
 */
export type Fault =
  | "denied"
  | "missing"
  | "in_use"
  | "insecure"
  | "device"
  | "answered"
  | "media"
  | "blocked"
  | "in_call"
  | "unreachable"
  | "off"
  | "offline"
  | "timeout"
  | "rate_limited"
  | "server";

export type Phase =
  /** The browser asks for the microphone. */
  | { is: "asking" }
  /** It rings on the other side. */
  | { is: "ringing" }
  /** Answered; media is on its way. */
  | { is: "connecting" }
  | { is: "connected" }
  /** It was connected and has lost its way. */
  | { is: "reconnecting" }
  | { is: "ended"; reason: EndReason; durationMs: number; fault?: Fault }
  /** It never became a call: the words say why and what to do. */
  | { is: "refused"; fault: Fault };

/** What one side lets the other hear and see. */
export interface Shown {
  audio: boolean;
  video: boolean;
  screen: boolean;
}

export interface Quality {
  level: "good" | "weak";
  /** Through the relay, or straight from one browser to the other. */
  relayed: boolean;
}

export type DeviceKind = "audioinput" | "videoinput" | "audiooutput";

/** One call of this page, from the press of a button to its last word. */
export interface Call {
  /** The server's id, "" until it gave one. */
  readonly id: ReadonlySignal<string>;
  readonly room: string;
  readonly me: Party;
  readonly media: ReadonlySignal<CallMedia>;
  readonly outgoing: boolean;
  /** The other side's name; an agent's as soon as one has answered. */
  readonly peer: ReadonlySignal<string>;
  readonly phase: ReadonlySignal<Phase>;
  /** When media first flowed, by this device's clock; 0 before. */
  readonly connectedAt: ReadonlySignal<number>;
  readonly own: ReadonlySignal<Shown>;
  readonly theirs: ReadonlySignal<Shown>;
  /** From 0 to 1, twenty times a second. */
  readonly ownLevel: ReadonlySignal<number>;
  readonly theirLevel: ReadonlySignal<number>;
  /** null until it is known. */
  readonly quality: ReadonlySignal<Quality | null>;
  /** The other side's connection to the server is away; what is heard may go on. */
  readonly peerAway: ReadonlySignal<boolean>;
  readonly ownVideo: ReadonlySignal<MediaStream | null>;
  /** Of oneself, people know the picture in the mirror. */
  readonly mirrored: ReadonlySignal<boolean>;
  readonly theirVideo: ReadonlySignal<MediaStream | null>;
  /** The browser plays nothing before somebody touches the page: `unblock` from a click. */
  readonly soundBlocked: ReadonlySignal<boolean>;
  /** Something that did not work but does not end the call: no camera, sharing refused. */
  readonly trouble: ReadonlySignal<"no_camera" | "camera" | "screen" | "microphone_gone" | null>;
  /** The other side's picture is in a window of its own. */
  readonly floating: ReadonlySignal<boolean>;
  readonly devices: ReadonlySignal<readonly MediaDeviceInfo[]>;
  /** The device in use, by kind; "" when the browser chose. */
  readonly chosen: ReadonlySignal<Readonly<Record<DeviceKind, string>>>;
  readonly canShareScreen: boolean;
  /** A phone with a camera on each side. */
  readonly canFlip: ReadonlySignal<boolean>;
  /** The owner may have switched video off. */
  readonly canVideo: boolean;
  mute(muted: boolean): void;
  camera(on: boolean): Promise<void>;
  flip(): Promise<void>;
  shareScreen(on: boolean): Promise<void>;
  choose(kind: DeviceKind, id: string): Promise<void>;
  /** From a click. */
  unblock(): void;
  /** Picture-in-picture, on or off; from a click. */
  float(): void;
  hangup(): void;
  /** Tries once more what was refused. */
  retry(): void;
  /** Puts an ended or refused call away. */
  dismiss(): void;
}

export interface CallsOptions {
  /** Which side this page is. */
  me: Party;
  /** What the owner allows: /api/info `calls`. Follows a signal. */
  allowed: () => "off" | CallMedia;
  /** The other side's name for a room, where no `ring` or `accepted` told it. Follows a signal. */
  peerName: (room: string) => string;
  /** This person wants no sound from rings; the ring-back of an own call is heard all the same. */
  quiet?: () => boolean;
  /** Media could not connect: where the page's test of the connection is. Without it no button is offered. */
  testConnection?: () => void;
  /** A call that rang here was answered by somebody else. */
  onAnswered?: (ring: Ring, by: string | undefined) => void;
}

/** The calls of one page: one running at most, and those that ring. */
export interface Calls {
  /** The running call, or the one that has just ended until it is dismissed (by itself after a few seconds). */
  readonly current: ReadonlySignal<Call | null>;
  /** Newest last. Ones that were answered, declined or ended elsewhere are gone by themselves. */
  readonly rings: ReadonlySignal<readonly Ring[]>;
  /** True from the press of a button until the end: the page should not be left. */
  readonly busy: ReadonlySignal<boolean>;
  /** Visitors need no room. What goes wrong is `current.phase`. */
  call(media: CallMedia, room?: string): Promise<void>;
  /** With `media` "audio" a video call is answered without one's own camera. */
  accept(ring: Ring, media: CallMedia): Promise<void>;
  decline(ring: Ring): Promise<void>;
  hangup(): void;
  /** Everything the person sees of it: rings, the running call, its end. Nothing when there is nothing. */
  Panel: (props: PanelProps) => preact.JSX.Element | null;
}

export interface PanelProps {
  /** Leave the rings to the page (`calls.rings`, `accept`, `decline`). */
  withoutRings?: boolean;
}

/** What the page's ear for calls (../calls.ts) hands over. */
export interface HookParts {
  socket: ChatSocket;
  /** /call; undefined in a browser that cannot call. */
  line: Socket | undefined;
}

export interface OpenCalls extends Calls {
  /** An event of /call. */
  hear(event: string, data: unknown): void;
  close(): void;
}
