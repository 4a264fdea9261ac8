import file from "icon:file";
import archive from "icon:file-archive";
import sheet from "icon:file-spreadsheet";
import text from "icon:file-text";
import film from "icon:film";
import image from "icon:image";
import mic from "icon:mic";
import music from "icon:music";
import slides from "icon:presentation";
import { Icon, localPreviews, t, useState } from "../kit";
import type { Message, Upload } from "../types";
import { callIcon, callWords } from "./call-words";
import { lengthClock } from "./clock";

/** Recordings made on our pages have this name, in every language. */
const VOICE_NOTE = /^voice-note\b/i;

/** What a sign is chosen by. */
type Named = Pick<Upload, "name" | "mime">;

export const isVoiceNote = ({ name, mime }: Named): boolean =>
  mime.startsWith("audio/") && VOICE_NOTE.test(name);

const BY_ENDING: [RegExp, string][] = [
  [/\.(xls[xmb]?|ods|csv|tsv|numbers)$/i, sheet],
  [/\.(ppt[xm]?|odp|key)$/i, slides],
  [/\.(zip|7z|rar|t?gz|tar|bz2|xz|zst)$/i, archive],
  [/\.(pdf|do[ct][xm]?|odt|rtf|txt|md|log|epub)$/i, text],
];

export function iconOf(upload: Named): string {
  const { name, mime } = upload;
  if (mime.startsWith("image/")) return image;
  if (mime.startsWith("video/")) return film;
  if (mime.startsWith("audio/")) return isVoiceNote(upload) ? mic : music;
  return BY_ENDING.find(([ending]) => ending.test(name))?.[1] ?? file;
}

/** Photo, voice note 0:12, or the file's name. */
function named({ kind, upload }: Message): string {
  if (!upload) return "";
  if (kind === "image") return t("kind.image");
  if (kind !== "audio" || !isVoiceNote(upload)) return upload.name;
  return t("kind.voice", { time: lengthClock(upload.duration_ms ?? 0) });
}

interface SaidProps {
  message: Message;
  /** Of this side. */
  mine: boolean;
  /** Without the picture itself. */
  plain?: boolean;
}

/** A message in one line: its text, or a sign and what it brought. */
export function Said({ message, mine, plain = false }: SaidProps) {
  const { kind, upload, call, text: caption } = message;
  const [missing, setMissing] = useState(false);
  if (call) {
    return (
      <>
        <Icon body={callIcon(call, mine)} class="said-icon" />
        <bdi>{callWords(call, mine)}</bdi>
      </>
    );
  }
  if (!upload) return <>{caption}</>;
  const small = kind === "image" && !plain && !missing && (localPreviews.get(upload.id) ?? upload.thumb_url);
  return (
    <>
      {small ? (
        <img class="said-thumb" src={small} alt="" loading="lazy" onError={() => setMissing(true)} />
      ) : (
        <Icon body={iconOf(upload)} class="said-icon" />
      )}
      <bdi>{caption || named(message)}</bdi>
    </>
  );
}

/** The same for ears; only the other side's are spoken. */
export function inWords(message: Message): string {
  const { upload, call, text: caption } = message;
  if (call) return callWords(call, false);
  if (!upload) return caption ?? "";
  return caption ? t("kind.captioned", { what: named(message), caption }) : named(message);
}
