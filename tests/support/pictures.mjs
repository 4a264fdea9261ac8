// Pictures made by code, so that what is in them is known to the bit: honest ones, and those that no camera makes.
import { crc32, deflateSync } from "./zlib.mjs";

const u16 = (...values) => Buffer.from(values.flatMap((v) => [(v >> 8) & 0xff, v & 0xff]));
const u32 = (...values) => Buffer.concat(values.map((v) => Buffer.from(Uint8Array.of(v >>> 24, v >>> 16, v >>> 8, v))));
const u16le = (...values) => Buffer.from(values.flatMap((v) => [v & 0xff, (v >> 8) & 0xff]));

// ---- PNG (W3C Portable Network Graphics, third edition, which also has APNG) ----

export const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const [GREY, RGB, RGBA] = [0, 2, 6];

export function pngChunk(type, content = Buffer.alloc(0)) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  return Buffer.concat([u32(content.length), body, u32(crc32(body))]);
}

const ihdr = (width, height, colour, bits = 8) => pngChunk("IHDR", Buffer.concat([u32(width, height), Buffer.from([bits, colour, 0, 0, 0])]));

/** Rows with filter 0 and a gradient, so that no two sizes are the same bytes. */
function pngRows(width, height, channels) {
  const row = 1 + width * channels;
  const rows = Buffer.alloc(row * height);
  for (let y = 0; y < height; y += 1) {
    for (let i = 1; i < row; i += 1) rows[y * row + i] = (channels === 4 && i % 4 === 0 ? 200 : i + y * 3) & 0xff;
  }
  return rows;
}

/** `extra` are whole chunks put before the pixels. */
export function png(width = 64, height = 48, { alpha = false, extra = [], data } = {}) {
  const pixels = data ?? deflateSync(pngRows(width, height, alpha ? 4 : 3));
  return Buffer.concat([PNG_MAGIC, ihdr(width, height, alpha ? RGBA : RGB), ...extra, pngChunk("IDAT", pixels), pngChunk("IEND")]);
}

/** A grey picture of one bit a pixel: the most pixels for the fewest bytes. `pixels` is the zlib stream of its rows. */
export function greyPng(width, height, pixels) {
  return Buffer.concat([PNG_MAGIC, ihdr(width, height, GREY, 1), pngChunk("IDAT", pixels), pngChunk("IEND")]);
}

/** Kinds of PNG that cameras never and designers often make. */
export function oddPngs(width = 60, height = 40) {
  const rows = (bytesOfRow, rowCount = height) => {
    const all = Buffer.alloc((1 + bytesOfRow) * rowCount, 0x5a);
    for (let y = 0; y < rowCount; y += 1) all[y * (1 + bytesOfRow)] = 0;
    return all;
  };
  const whole = (colour, bits, pixels, { interlaced = 0, extra = [] } = {}) => {
    const head = Buffer.concat([u32(width, height), Buffer.from([bits, colour, 0, 0, interlaced])]);
    return Buffer.concat([PNG_MAGIC, pngChunk("IHDR", head), ...extra, pngChunk("IDAT", deflateSync(pixels)), pngChunk("IEND")]);
  };
  // Adam7: where each pass begins and how far its pixels are apart.
  const passes = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];
  const adam7 = passes.map(([x, y, dx, dy]) => rows(Math.ceil((width - x) / dx) * 3, Math.ceil((height - y) / dy)));
  const palette = [pngChunk("PLTE", Buffer.from(Array.from({ length: 256 * 3 }, (_, i) => i & 0xff))), pngChunk("tRNS", Buffer.from([0, 128, 255]))];
  return {
    "one bit of grey": whole(GREY, 1, rows(Math.ceil(width / 8))),
    "16 bits of grey": whole(GREY, 16, rows(width * 2)),
    "grey with alpha": whole(4, 8, rows(width * 2)),
    "a palette with clear colours": whole(3, 8, rows(width), { extra: palette }),
    "16 bits of each colour": whole(RGB, 16, rows(width * 6)),
    "16 bits of each colour with alpha": whole(RGBA, 16, rows(width * 8)),
    "interlaced": whole(RGB, 8, Buffer.concat(adam7), { interlaced: 1 }),
  };
}

export function apng(width = 32, height = 32, frames = 2) {
  const pixels = deflateSync(pngRows(width, height, 3));
  const control = (sequence) => pngChunk("fcTL", Buffer.concat([u32(sequence, width, height, 0, 0), u16(1, 10), Buffer.from([0, 0])]));
  const later = [];
  for (let i = 1; i < frames; i += 1) later.push(control(2 * i - 1), pngChunk("fdAT", Buffer.concat([u32(2 * i), pixels])));
  return Buffer.concat([
    PNG_MAGIC,
    ihdr(width, height, RGB),
    pngChunk("acTL", u32(frames, 0)),
    control(0),
    pngChunk("IDAT", pixels),
    ...later,
    pngChunk("IEND"),
  ]);
}

// ---- JPEG (ITU-T T.81): blocks of one shade each, so that a coder fits on a page ----

export const JPEG_START = Buffer.from([0xff, 0xd8]);

export function jpegSegment(marker, content) {
  return Buffer.concat([Buffer.from([0xff, marker]), u16(content.length + 2), content]);
}

class Bits {
  bytes = [];
  #held = 0;
  #count = 0;

  put(value, width) {
    for (let i = width - 1; i >= 0; i -= 1) {
      this.#held = (this.#held << 1) | ((value >> i) & 1);
      this.#count += 1;
      if (this.#count < 8) continue;
      this.bytes.push(this.#held);
      if (this.#held === 0xff) this.bytes.push(0);
      this.#held = this.#count = 0;
    }
  }

  end() {
    while (this.#count) this.put(1, 1);
    return Buffer.from(this.bytes);
  }
}

/** Dark on the left, bright on the right: a picture that was turned can be told from one that was not. */
export function jpeg(width = 64, height = 48, { segments = [], progressive = false } = {}) {
  const [across, down] = [Math.ceil(width / 8), Math.ceil(height / 8)];
  const bits = new Bits();
  const dc = (difference) => {
    const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
    bits.put(category, 4);
    if (category) bits.put(difference > 0 ? difference : difference + (1 << category) - 1, category);
    // The end of the block, in the only code of its table; the first scan of a progressive picture has none.
    if (!progressive) bits.put(0, 1);
  };
  let before = 0;
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      const shade = x < across / 2 ? -90 : 90;
      dc(shade - before);
      before = shade;
      dc(0);
      dc(0);
    }
  }
  const components = [1, 2, 3].flatMap((id) => [id, 0x11, 0]);
  const dcTable = [0x00, 0, 0, 0, 9, ...Array(12).fill(0), ...Array(9).keys()];
  const acTable = [0x10, 1, ...Array(15).fill(0), 0];
  return Buffer.concat([
    JPEG_START,
    ...segments,
    jpegSegment(0xdb, Buffer.from([0, ...Array(64).fill(8)])),
    jpegSegment(progressive ? 0xc2 : 0xc0, Buffer.concat([Buffer.from([8]), u16(height, width), Buffer.from([3, ...components])])),
    jpegSegment(0xc4, Buffer.from(dcTable)),
    jpegSegment(0xc4, Buffer.from(acTable)),
    jpegSegment(0xda, Buffer.from([3, 1, 0, 2, 0, 3, 0, 0, progressive ? 0 : 63, 0])),
    bits.end(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** A progressive picture with this many more passes over all its blocks, each in a few bytes. */
export function jpegOfScans(width, height, scans) {
  const bytes = jpeg(width, height, { progressive: true });
  // One code: the end of 16,384 blocks and of as many more as 14 bits say.
  const table = jpegSegment(0xc4, Buffer.from([0x10, 1, ...Array(15).fill(0), 0xe0]));
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const bits = new Bits();
  for (let left = blocks; left > 0; ) {
    const run = Math.min(left, 32_767);
    bits.put(0, 1);
    bits.put(Math.max(0, run - 16_384), 14);
    left -= Math.max(run, 16_384);
  }
  const data = bits.end();
  const all = [];
  for (let i = 0; i < scans; i += 1) {
    const at = 1 + (Math.floor(i / 3) % 63);
    all.push(jpegSegment(0xda, Buffer.from([1, 1 + (i % 3), 0, at, at, 0])), data);
  }
  return Buffer.concat([bytes.subarray(0, -2), table, ...all, bytes.subarray(-2)]);
}

/** An APP1 segment as a phone writes it: which way up, and where it was taken (41° 0′ 30″ N). */
export function exif({ orientation = 1, gps = true } = {}) {
  const entry = (tag, type, count, value) => Buffer.concat([u16(tag, type), u32(count), value]);
  const entries = [entry(0x0112, 3, 1, u16(orientation, 0)), entry(0x010f, 2, 4, Buffer.from("Cam\0"))];
  const gpsAt = 8 + 2 + (entries.length + 1) * 12 + 4;
  if (gps) entries.push(entry(0x8825, 4, 1, u32(gpsAt)));
  entries.sort((a, b) => a.readUInt16BE(0) - b.readUInt16BE(0));
  const first = Buffer.concat([u16(entries.length), ...entries, u32(0)]);
  const latitudeAt = gpsAt + 2 + 2 * 12 + 4;
  const second = Buffer.concat([
    u16(2),
    entry(0x0001, 2, 2, Buffer.from("N\0\0\0")),
    entry(0x0002, 5, 3, u32(latitudeAt)),
    u32(0),
    u32(41, 1, 0, 1, 30, 1),
    Buffer.from("KONUSMA-GPS-MARK"),
  ]);
  return jpegSegment(0xe1, Buffer.concat([Buffer.from("Exif\0\0MM"), u16(42), u32(8), first, gps ? second : Buffer.alloc(0)]));
}

/** What must not be found in anything that is served. */
export const GPS_MARK = "KONUSMA-GPS-MARK";

// ---- GIF (GIF89a) ----

const LZW_WIDTH = 2;

/** The codes of `count` pixels of one colour: each is the run one longer than the last, until the table is full. */
function lzwOfOneColour(count) {
  const bytes = [];
  let held = 0;
  let used = 0;
  const put = (code, width) => {
    held |= code << used;
    for (used += width; used >= 8; used -= 8) {
      bytes.push(held & 0xff);
      held >>>= 8;
    }
  };
  const [clear, end] = [1 << LZW_WIDTH, (1 << LZW_WIDTH) + 1];
  let width = LZW_WIDTH + 1;
  put(clear, width);
  let left = count;
  for (let run = 1; left > 0; run += 1) {
    // What the decoder's next entry is before it reads this code; its codes are as wide as that entry needs.
    const next = end + Math.max(1, run - 1);
    if (next >= 1 << width) width += 1;
    const length = Math.min(run, left);
    put(length === 1 ? 1 : end + length - 1, width);
    left -= length;
    if (next < 4094) continue;
    put(clear, width);
    width = LZW_WIDTH + 1;
    run = 0;
  }
  put(end, width);
  if (used) bytes.push(held & 0xff);
  return Buffer.from(bytes);
}

function blocks(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    parts.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** `frame` is the size of each frame; the screen may be larger. */
export function gif(width = 32, height = 32, frames = 1, { frame = [width, height], comment } = {}) {
  const pixels = blocks(lzwOfOneColour(frame[0] * frame[1]));
  const one = Buffer.concat([
    Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c]),
    u16le(0, 0, ...frame),
    Buffer.from([0, LZW_WIDTH]),
    pixels,
  ]);
  return Buffer.concat([
    Buffer.from("GIF89a"),
    u16le(width, height),
    Buffer.from([0x81, 0, 0, 0, 0, 0, 0xc0, 0x30, 0x60, 0, 0xff, 0, 0xff, 0xff, 0xff]),
    comment ? Buffer.concat([Buffer.from([0x21, 0xfe]), blocks(Buffer.from(comment))]) : Buffer.alloc(0),
    ...Array(frames).fill(one),
    Buffer.from([0x3b]),
  ]);
}

// ---- WebP (RFC 9649): one colour, lossless, where each code table has one entry and a pixel costs no bit ----

function riffChunk(name, content) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(name), length, content, Buffer.alloc(content.length % 2)]);
}

const u24le = (value) => Buffer.from([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff]);

function vp8l(width, height, alpha) {
  const bits = [];
  const put = (value, count) => {
    for (let i = 0; i < count; i += 1) bits.push((value >> i) & 1);
  };
  put(0x2f, 8);
  put(width - 1, 14);
  put(height - 1, 14);
  put(alpha ? 1 : 0, 1);
  put(0, 3);
  put(0, 3); // no transform, no colour cache, no meta prefix codes
  for (const symbol of [0x60, 0xc0, 0x30, alpha ? 0x80 : 0xff, 0]) {
    put(1, 1); // a simple code
    put(0, 1); // of one symbol
    put(1, 1); // of eight bits
    put(symbol, 8);
  }
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3] |= bit << (i & 7);
  return riffChunk("VP8L", bytes);
}

const webpFile = (...chunks) => riffChunk("RIFF", Buffer.concat([Buffer.from("WEBP"), ...chunks]));

export const webp = (width = 40, height = 30, { alpha = false } = {}) => webpFile(vp8l(width, height, alpha));

export function animatedWebp(width = 16, height = 16, frames = 3) {
  const size = Buffer.concat([u24le(width - 1), u24le(height - 1)]);
  const frame = riffChunk("ANMF", Buffer.concat([u24le(0), u24le(0), size, u24le(100), Buffer.from([0]), vp8l(width, height, false)]));
  return webpFile(
    riffChunk("VP8X", Buffer.concat([Buffer.from([0x02, 0, 0, 0]), size])),
    riffChunk("ANIM", Buffer.alloc(6)),
    ...Array(frames).fill(frame),
  );
}

// ---- what a stored picture says of itself ----

/** `{mime, width, height}` from the head of a PNG, JPEG or GIF. */
export function measure(bytes) {
  if (bytes.subarray(0, 8).equals(PNG_MAGIC)) return { mime: "image/png", width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.subarray(0, 3).toString("latin1") === "GIF") return { mime: "image/gif", width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker >= 0xc0 && marker <= 0xc2) return { mime: "image/jpeg", width: content.readUInt16BE(3), height: content.readUInt16BE(1) };
  }
  throw new Error(`no picture: ${bytes.subarray(0, 16).toString("hex")}`);
}

/** The segments of a JPEG up to its pixels. */
export function* jpegSegments(bytes) {
  for (let at = 2; at + 4 <= bytes.length; ) {
    const [marker, length] = [bytes[at + 1], bytes.readUInt16BE(at + 2)];
    yield { marker, content: bytes.subarray(at + 4, at + 2 + length) };
    if (marker === 0xda) return;
    at += 2 + length;
  }
}

/** The types of a PNG's chunks, in their order. */
export function pngChunks(bytes) {
  const types = [];
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) types.push(bytes.subarray(at + 4, at + 8).toString("latin1"));
  return types;
}

/** How many pictures a GIF has. */
export function gifFrames(bytes) {
  let at = 13 + (bytes[10] & 0x80 ? 3 << ((bytes[10] & 7) + 1) : 0);
  let frames = 0;
  const skipBlocks = () => {
    while (bytes[at]) at += bytes[at] + 1;
    at += 1;
  };
  for (;;) {
    const kind = bytes[at];
    if (kind === 0x3b || kind === undefined) return frames;
    if (kind === 0x21) {
      at += 2;
      skipBlocks();
    } else {
      frames += 1;
      const packed = bytes[at + 9];
      at += 10 + (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0) + 1;
      skipBlocks();
    }
  }
}
