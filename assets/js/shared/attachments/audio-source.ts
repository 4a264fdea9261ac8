import type { Conversation } from "../conversation";
import type { Upload } from "../types";
import { type Fate, fateOf } from "./link";

/** Chrome's recorder writes WebM without a length or an index: only a whole one in memory can be scrubbed. */
const needsWhole = ({ mime }: Upload): boolean => mime.startsWith("audio/webm");
/** Beyond every recording's end. */
const FAR_SECONDS = 1e9;

/** Gives `audio` something to play. Nothing is fetched before; a string says why it cannot be. */
export async function giveSource(
  audio: HTMLAudioElement,
  conversation: Conversation,
  id: number | undefined,
  upload: Upload,
): Promise<"ready" | Extract<Fate, string>> {
  if (!needsWhole(upload)) {
    audio.src = upload.url;
    return "ready";
  }
  const whole = await fetch(upload.url).then(
    (response) => (response.ok ? response.blob() : null),
    () => null,
  );
  if (!whole) return giveNew(audio, conversation, id, upload);
  audio.src = URL.createObjectURL(whole);
  await findEnd(audio);
  return "ready";
}

/** After a refusal: with a new link, if that was all. */
export async function giveNew(
  audio: HTMLAudioElement,
  conversation: Conversation,
  id: number | undefined,
  upload: Upload,
): Promise<"ready" | Extract<Fate, string>> {
  const fate = await fateOf(conversation, id, upload.url);
  return typeof fate === "string" ? fate : giveSource(audio, conversation, id, fate);
}

/** Without a length in its header the browser learns it at the end; until then it does not seek. */
async function findEnd(audio: HTMLAudioElement): Promise<void> {
  if (!(await happens(audio, "loadedmetadata")) || Number.isFinite(audio.duration)) return;
  audio.currentTime = FAR_SECONDS;
  await happens(audio, "seeked");
  audio.currentTime = 0;
  await happens(audio, "seeked");
}

function happens(audio: HTMLAudioElement, event: string): Promise<boolean> {
  return new Promise((done) => {
    audio.addEventListener(event, () => done(true), { once: true });
    audio.addEventListener("error", () => done(false), { once: true });
  });
}

export function release(audio: HTMLAudioElement): void {
  audio.pause();
  if (audio.src.startsWith("blob:")) URL.revokeObjectURL(audio.src);
  audio.removeAttribute("src");
}
