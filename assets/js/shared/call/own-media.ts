import { load, type ReadonlySignal, save, signal } from "../kit";
import { mediaFault } from "./media-fault";
import type { Call, DeviceKind, Shown } from "./types";

export interface OwnMedia
  extends Pick<
    Call,
    | "trouble"
    | "devices"
    | "chosen"
    | "canFlip"
    | "mirrored"
    | "mute"
    | "camera"
    | "flip"
    | "shareScreen"
    | "choose"
  > {
  readonly shown: ReadonlySignal<Shown>;
  readonly preview: ReadonlySignal<MediaStream | null>;
  readonly microphone: ReadonlySignal<MediaStreamTrack | null>;
  /** Asks for the devices. Fails without a microphone; without a camera it goes on and says so. */
  open(video: boolean): Promise<void>;
  close(): void;
}

/** How each kind of track gets to the other side. */
export type Send = (kind: "audio" | "video", track: MediaStreamTrack | null) => void;

const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const TROUBLE_SHOWN_MS = 12_000;
const KINDS: readonly DeviceKind[] = ["audioinput", "videoinput", "audiooutput"];
const keyOf = (kind: DeviceKind) => `konusma.call.${kind}`;

/** What this side says and shows: microphone, camera, screen. */
export function openOwnMedia(send: Send): OwnMedia {
  const shown = signal<Shown>({ audio: false, video: false, screen: false });
  const preview = signal<MediaStream | null>(null);
  const microphone = signal<MediaStreamTrack | null>(null);
  const trouble = signal<Call["trouble"]["value"]>(null);
  const devices = signal<readonly MediaDeviceInfo[]>([]);
  const canFlip = signal(false);
  const mirrored = signal(true);
  const saved = KINDS.map((kind) => [kind, load(keyOf(kind)) ?? ""]);
  const chosen = signal(Object.fromEntries(saved) as Record<DeviceKind, string>);
  let camera: MediaStreamTrack | null = null;
  let screen: MediaStreamTrack | null = null;
  let facing: "user" | "environment" = "user";
  let muted = false;
  let closed = false;
  let troubleTimer: number | undefined;

  const wanted = (kind: DeviceKind) =>
    chosen.value[kind] ? { deviceId: { exact: chosen.value[kind] } } : {};
  const voice = () => ({ ...VOICE, ...wanted("audioinput") });
  // A named camera looks where it looks; a phone's has two sides.
  const picture = () => ({
    ...PICTURE,
    ...(facing === "user" ? wanted("videoinput") : {}),
    facingMode: facing,
  });

  /** With the devices of the person's choice; one that is not there any more is forgotten. */
  async function getMedia(kinds: { audio?: boolean; video?: boolean }): Promise<MediaStream> {
    const ask = () =>
      navigator.mediaDevices.getUserMedia({
        ...(kinds.audio && { audio: voice() }),
        ...(kinds.video && { video: picture() }),
      });
    const { audioinput, videoinput } = chosen.value;
    const named = (kinds.audio && audioinput) || (kinds.video && videoinput);
    try {
      return await ask();
    } catch (error) {
      if (!named || mediaFault(error) !== "missing") throw error;
      chosen.value = { ...chosen.value, audioinput: "", videoinput: "" };
      return ask();
    }
  }

  /** Read once, it need not stay; but nobody hears somebody who has no microphone. */
  function tell(what: Call["trouble"]["value"]): void {
    trouble.value = what;
    clearTimeout(troubleTimer);
    if (what && what !== "microphone_gone")
      troubleTimer = window.setTimeout(() => tell(null), TROUBLE_SHOWN_MS);
  }

  async function open(video: boolean): Promise<void> {
    let stream: MediaStream;
    try {
      stream = await getMedia({ audio: true, video });
    } catch (error) {
      if (!video) throw error;
      stream = await getMedia({ audio: true });
      tell(mediaFault(error) === "missing" ? "no_camera" : "camera");
    }
    if (closed) return stopAll(stream);
    takeMicrophone(stream.getAudioTracks()[0] ?? null);
    takeCamera(stream.getVideoTracks()[0] ?? null);
    void listDevices();
  }

  /** The browser gives names only after it gave a device. */
  async function listDevices(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    if (closed) return;
    devices.value = all.filter(({ deviceId, label }) => deviceId && label);
    const cameras = all.filter(({ kind }) => kind === "videoinput").length;
    canFlip.value = cameras > 1 && matchMedia("(pointer: coarse)").matches;
  }

  function takeMicrophone(track: MediaStreamTrack | null): void {
    microphone.value?.stop();
    microphone.value = track;
    if (track) {
      track.enabled = !muted;
      // Pulled out: another one may be there.
      track.onended = () => void replaceMicrophone();
      note("audioinput", track);
    }
    send("audio", track);
    show();
  }

  async function replaceMicrophone(): Promise<void> {
    try {
      const stream = await getMedia({ audio: true });
      if (closed) return stopAll(stream);
      takeMicrophone(stream.getAudioTracks()[0] ?? null);
      if (trouble.value === "microphone_gone") tell(null);
    } catch {
      takeMicrophone(null);
      tell("microphone_gone");
    }
  }

  function takeCamera(track: MediaStreamTrack | null): void {
    camera?.stop();
    camera = track;
    if (track) {
      track.onended = () => takeCamera(null);
      note("videoinput", track);
    }
    sendPicture();
  }

  function takeScreen(track: MediaStreamTrack | null): void {
    screen?.stop();
    screen = track;
    if (track) {
      // Letters must be sharp; a frame more or less is not missed.
      track.contentHint = "detail";
      // The browser's own bar has a button that ends it.
      track.onended = () => takeScreen(null);
    }
    sendPicture();
  }

  /** A screen goes before a camera. */
  function sendPicture(): void {
    const track = screen ?? camera;
    send("video", track);
    mirrored.value = !screen && facing === "user";
    preview.value = track && new MediaStream([track]);
    show();
  }

  function show(): void {
    shown.value = { audio: !!microphone.value && !muted, video: !!camera && !screen, screen: !!screen };
  }

  /** Which device it became. */
  function note(kind: DeviceKind, track: MediaStreamTrack): void {
    const { deviceId } = track.getSettings();
    if (deviceId) chosen.value = { ...chosen.value, [kind]: deviceId };
  }

  async function startCamera(): Promise<void> {
    // Most phones open one camera at a time.
    camera?.stop();
    try {
      const stream = await getMedia({ video: true });
      if (closed) return stopAll(stream);
      takeCamera(stream.getVideoTracks()[0] ?? null);
      tell(null);
    } catch (error) {
      takeCamera(null);
      tell(mediaFault(error) === "missing" ? "no_camera" : "camera");
    }
    void listDevices();
  }

  const onDevices = () => void listDevices();
  navigator.mediaDevices?.addEventListener("devicechange", onDevices);

  return {
    shown,
    preview,
    microphone,
    trouble,
    devices,
    chosen,
    canFlip,
    mirrored,
    open,
    mute(on) {
      muted = on;
      if (microphone.value) microphone.value.enabled = !on;
      else if (!on) void replaceMicrophone();
      show();
    },
    async camera(on) {
      if (on) await startCamera();
      else takeCamera(null);
    },
    async flip() {
      facing = facing === "user" ? "environment" : "user";
      await startCamera();
    },
    async shareScreen(on) {
      if (!on) return takeScreen(null);
      try {
        const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
        if (closed) return stopAll(stream);
        tell(null);
        takeScreen(stream.getVideoTracks()[0] ?? null);
      } catch (error) {
        // Not allowed is also what changing one's mind looks like.
        if (mediaFault(error) !== "denied") tell("screen");
      }
    },
    async choose(kind, id) {
      save(keyOf(kind), id);
      chosen.value = { ...chosen.value, [kind]: id };
      if (kind === "audioinput") await replaceMicrophone();
      if (kind !== "videoinput") return;
      facing = "user";
      if (camera) await startCamera();
    },
    close() {
      closed = true;
      clearTimeout(troubleTimer);
      navigator.mediaDevices?.removeEventListener("devicechange", onDevices);
      for (const track of [microphone.value, camera, screen]) {
        if (!track) continue;
        track.onended = null;
        track.stop();
      }
      preview.value = null;
    },
  };
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
