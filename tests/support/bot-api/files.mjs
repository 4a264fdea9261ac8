// What a file is, by its content, as Telegram finds it out; and forms (RFC 7578) that carry one.
import { measure } from "../pictures.mjs";

export const PHOTO_BYTES_MAX = 10 * 1024 * 1024;
export const PHOTO_SIDES_MAX = 10_000;
export const UPLOAD_BYTES_MAX = 50 * 1024 * 1024;
/** What a bot may fetch. */
export const DOWNLOAD_BYTES_MAX = 20 * 1024 * 1024;

const has = (bytes, at, words) => bytes.subarray(at, at + words.length).toString("latin1") === words;

/** `photo`: `{width, height}` of JPEG, PNG or WebP. */
function photoSize(bytes) {
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) {
    if (has(bytes, 12, "VP8X")) return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    if (has(bytes, 12, "VP8L")) {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  }
  const { mime, width, height } = measure(bytes);
  if (mime === "image/gif") throw new Error("a GIF is no photo");
  return { width, height };
}

export const isOggOpus = (bytes) => has(bytes, 0, "OggS") && bytes.subarray(0, 4096).includes("OpusHead");
export const isMp3 = (bytes) => has(bytes, 0, "ID3") || (bytes[0] === 0xff && (bytes[1] & 0xe0) === 0xe0);
export const isMp4 = (bytes) => has(bytes, 4, "ftyp");
const isGif = (bytes) => has(bytes, 0, "GIF8");

/** `{wrong, description}` when Telegram would not take this content by this method. */
export function contentFault(method, bytes) {
  if (bytes.length === 0) return { wrong: "an empty file", description: "file must be non-empty" };
  if (method === "sendVoice" && !(isOggOpus(bytes) || isMp3(bytes) || isMp4(bytes))) {
    return { wrong: `a voice note that is no Ogg/Opus, MP3 or M4A: ${bytes.subarray(0, 12).toString("hex")}`, description: "wrong file type" };
  }
  if (method === "sendAudio" && !(isMp3(bytes) || isMp4(bytes))) {
    return { wrong: "audio that is no MP3 or M4A", description: "wrong file type" };
  }
  if (method === "sendAnimation" && !(isGif(bytes) || isMp4(bytes))) {
    return { wrong: "an animation that is no GIF or MP4", description: "wrong file type" };
  }
  if (method !== "sendPhoto") return undefined;
  if (bytes.length > PHOTO_BYTES_MAX) return { wrong: `a photo of ${bytes.length} bytes`, description: "file is too big" };
  let size;
  try {
    size = photoSize(bytes);
  } catch (error) {
    return { wrong: `a photo that is none: ${error.message}`, description: "IMAGE_PROCESS_FAILED" };
  }
  const { width, height } = size;
  const isLong = Math.max(width, height) > 20 * Math.min(width, height);
  if (width + height > PHOTO_SIDES_MAX || isLong) return { wrong: `a photo of ${width} × ${height}`, description: "PHOTO_INVALID_DIMENSIONS" };
  return undefined;
}

/** `{fields, files}` of a form; files as `{name, mime, bytes}`. Throws where it is no proper one. */
export function parseForm(contentType, body) {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (!boundary) throw new Error("a form without a boundary");
  const [fields, files] = [{}, {}];
  const line = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from("\r\n"), body]);
  let at = whole.indexOf(line);
  if (at !== 0) throw new Error("a form that does not begin with its boundary");
  for (;;) {
    at += line.length;
    if (has(whole, at, "--")) return { fields, files };
    const head = whole.indexOf("\r\n\r\n", at);
    const next = whole.indexOf(line, head + 4 - 2);
    if (head < 0 || next < 0) throw new Error("a form that breaks off");
    const lines = whole.subarray(at + 2, head).toString().split("\r\n");
    const bytes = Buffer.from(whole.subarray(head + 4, Math.max(head + 4, next)));
    const disposition = lines.find((l) => /^content-disposition:/i.test(l)) ?? "";
    const name = /[; ]name="((?:[^"\\]|\\.)*)"/.exec(disposition)?.[1];
    if (name === undefined) throw new Error(`a part without a name: ${lines}`);
    const filename = /filename="((?:[^"\\]|\\.)*)"/.exec(disposition)?.[1];
    if (name in fields || name in files) throw new Error(`${name} twice`);
    if (filename === undefined) fields[name] = bytes.toString();
    else files[name] = { name: filename.replace(/%22/g, '"'), mime: lines.map((l) => /^content-type:\s*(.*)$/i.exec(l)?.[1]).find(Boolean), bytes };
    at = next;
  }
}
