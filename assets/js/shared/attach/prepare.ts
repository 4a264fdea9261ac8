/** The server keeps no more pixels than this on the longer side; sending more would only take longer. */
const LONGEST_PX = 2560;
const JPEG_QUALITY = 0.86;

/** A file as it will be sent. */
export interface Prepared {
  blob: Blob;
  name: string;
  /** Of a picture this browser can show. */
  width?: number;
  height?: number;
  /** A picture in a format that neither this browser nor the server reads. */
  unreadable?: true;
}

/** Why a file cannot be sent, seen before sending it. */
export type Unfit = "empty_file" | "folder" | "program";

type Format = "jpeg" | "png" | "gif" | "webp" | "foreign" | "none";

/** Looks at a chosen file; pictures that are too large or of a format few can show become JPEG. */
export async function prepare(file: File): Promise<Prepared | Unfit> {
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, 32).arrayBuffer());
  } catch {
    // A folder looks like a file until one reads it.
    return "folder";
  }
  if (head.length === 0) return "empty_file";
  if (isProgram(head)) return "program";
  const original = { blob: file, name: file.name };
  const format = formatOf(head, file);
  if (format === "none") return original;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // A broken picture: the server will tell.
    return format === "foreign" ? { ...original, unreadable: true } : original;
  }
  const { width, height } = bitmap;
  const shown = { ...original, width, height };
  const fits = Math.max(width, height) <= LONGEST_PX;
  try {
    // A GIF may move; made anew it would stand still.
    if (format === "gif" || (fits && format !== "foreign")) return shown;
    return (await toJpeg(bitmap, file.name)) ?? shown;
  } finally {
    bitmap.close();
  }
}

async function toJpeg(bitmap: ImageBitmap, name: string): Promise<Prepared | null> {
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return null;
  // JPEG knows no transparency: on black, dark lines would be gone.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
  if (!blob) return null;
  const { width, height } = canvas;
  // Frees the memory now, not when the collector comes round (Safari).
  canvas.width = 0;
  return { blob, name: `${name.replace(/\.[^.]{1,5}$/, "")}.jpg`, width, height };
}

function formatOf(head: Uint8Array, { name, type }: File): Format {
  if (starts(head, 0xff, 0xd8, 0xff)) return "jpeg";
  if (starts(head, 0x89, 0x50, 0x4e, 0x47)) return "png";
  const text = String.fromCharCode(...head);
  if (text.startsWith("GIF8")) return "gif";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "webp";
  const picture = type.startsWith("image/") || /\.(heic|heif|avif|bmp|tiff?)$/i.test(name);
  return picture && !type.includes("svg") ? "foreign" : "none";
}

/** Windows' and Unix' programs; the zero keeps a text that begins with MZ out. */
function isProgram(head: Uint8Array): boolean {
  return starts(head, 0x7f, 0x45, 0x4c, 0x46) || (starts(head, 0x4d, 0x5a) && head.includes(0));
}

function starts(head: Uint8Array, ...bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}
