// Voice notes as the browsers' MediaRecorder writes them, and other sound, made by code. Frames hold silence or nothing:
// the server reads containers and never decodes sound.

const u16 = (...values) => Buffer.from(values.flatMap((v) => [(v >> 8) & 0xff, v & 0xff]));
const u32 = (...values) => Buffer.concat(values.map((v) => Buffer.from([v >>> 24, (v >>> 16) & 0xff, (v >>> 8) & 0xff, v & 0xff])));
const u32le = (...values) => Buffer.concat(values.map((v) => u32(v).reverse()));
const u16le = (...values) => Buffer.concat(values.map((v) => u16(v).reverse()));
const repeat = (count, make) => Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

// ---- WebM (Matroska, RFC 9559) ----

const UNKNOWN_SIZE = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

function ebml(id, ...content) {
  const body = Buffer.concat(content.map((c) => (typeof c === "string" ? Buffer.from(c) : c)));
  return Buffer.concat([Buffer.from(id, "hex"), Buffer.from([0x08]), u32(body.length), body]);
}

const OPUS_HEAD = Buffer.concat([Buffer.from("OpusHead"), Buffer.from([1, 1]), u16le(312), u32le(48000), u16le(0), Buffer.from([0])]);
/** One frame of 20 ms, wide band, mono (RFC 6716: configuration 31). */
const OPUS_FRAME = Buffer.concat([Buffer.from([0xf8]), Buffer.alloc(40, 0xfe)]);
const OPUS_FRAME_MS = 20;
const CLUSTER_MS = 1000;

/**
 * As Chromium's MediaRecorder: sizes of the segment and its clusters unknown, no length in the head. `headed` writes the
 * length as other programs do; `video` adds a picture track.
 */
export function webm(durationMs = 3000, { headed = false, video = false } = {}) {
  const head = ebml("1a45dfa3", ebml("4286", Buffer.from([1])), ebml("4282", "webm"), ebml("4287", Buffer.from([4])), ebml("4285", Buffer.from([2])));
  const length = Buffer.alloc(8);
  length.writeDoubleBE(durationMs);
  const info = ebml("1549a966", ebml("2ad7b1", u32(1_000_000)), ...(headed ? [ebml("4489", length)] : []), ebml("4d80", "Chrome"));
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(48000);
  const sound = ebml(
    "ae",
    ebml("d7", Buffer.from([1])),
    ebml("73c5", Buffer.from([1])),
    ebml("83", Buffer.from([2])),
    ebml("86", "A_OPUS"),
    ebml("63a2", OPUS_HEAD),
    ebml("e1", ebml("b5", rate), ebml("9f", Buffer.from([1]))),
  );
  const picture = ebml(
    "ae",
    ebml("d7", Buffer.from([2])),
    ebml("73c5", Buffer.from([2])),
    ebml("83", Buffer.from([1])),
    ebml("86", "V_VP8"),
    ebml("e0", ebml("b0", u16(320)), ebml("ba", u16(240))),
  );
  const tracks = ebml("1654ae6b", sound, ...(video ? [picture] : []));
  const clusters = [];
  for (let start = 0; start < durationMs; start += CLUSTER_MS) {
    clusters.push(Buffer.from("1f43b675", "hex"), UNKNOWN_SIZE, ebml("e7", u32(start)));
    for (let at = 0; at < CLUSTER_MS && start + at < durationMs; at += OPUS_FRAME_MS) {
      clusters.push(ebml("a3", Buffer.from([0x81]), u16(at), Buffer.from([0x80]), OPUS_FRAME));
    }
  }
  return Buffer.concat([head, Buffer.from("18538067", "hex"), UNKNOWN_SIZE, info, tracks, ...clusters]);
}

// ---- Ogg (RFC 3533) with Opus (RFC 7845), as Firefox writes it ----

const OGG_CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n << 24;
  for (let k = 0; k < 8; k += 1) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c >>> 0;
});

function oggPage(sequence, flags, granule, packets) {
  const position = Buffer.alloc(8);
  position.writeBigUInt64LE(BigInt(granule));
  const lacing = packets.flatMap((p) => [...Array(Math.floor(p.length / 255)).fill(255), p.length % 255]);
  const page = Buffer.concat([
    Buffer.from("OggS"),
    Buffer.from([0, flags]),
    position,
    u32le(0x4b4f4e55, sequence, 0),
    Buffer.from([lacing.length, ...lacing]),
    ...packets,
  ]);
  let crc = 0;
  for (const byte of page) crc = ((crc << 8) ^ OGG_CRC[((crc >>> 24) ^ byte) & 0xff]) >>> 0;
  page.writeUInt32LE(crc, 22);
  return page;
}

export function ogg(durationMs = 3000) {
  const tags = Buffer.concat([Buffer.from("OpusTags"), u32le(7), Buffer.from("konusma"), u32le(0)]);
  const pages = [oggPage(0, 2, 0, [OPUS_HEAD]), oggPage(1, 0, 0, [tags])];
  const frames = durationMs / OPUS_FRAME_MS;
  for (let from = 0; from < frames; from += 50) {
    const count = Math.min(50, frames - from);
    const last = from + count >= frames;
    // 312 samples are skipped at the start.
    const granule = (from + count) * 960 + (last ? 312 : 0);
    pages.push(oggPage(2 + from / 50, last ? 4 : 0, granule, Array(count).fill(OPUS_FRAME)));
  }
  return Buffer.concat(pages);
}

// ---- MP4 (ISO 14496-12) with AAC ----

function box(name, ...content) {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), Buffer.from(name), body]);
}

const full = (name, versionAndFlags, ...content) => box(name, u32(versionAndFlags), ...content);
const AAC_RATE = 48000;
const AAC_SAMPLES = 1024;
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

function moov(durationMs, handler, entry, { fragmented, sizes, offset }) {
  const samples = Math.round((durationMs * AAC_RATE) / 1000);
  const frames = sizes.length;
  const told = fragmented ? 0 : 1;
  const table = box(
    "stbl",
    full("stsd", 0, u32(1), entry),
    full("stts", 0, ...(fragmented ? [u32(0)] : [u32(1, frames, AAC_SAMPLES)])),
    full("stsc", 0, ...(fragmented ? [u32(0)] : [u32(1, 1, frames, 1)])),
    full("stsz", 0, u32(0, fragmented ? 0 : frames), ...(fragmented ? [] : [u32(...sizes)])),
    full("stco", 0, ...(fragmented ? [u32(0)] : [u32(1, offset)])),
  );
  const head = handler === "soun" ? full("smhd", 0, u32(0)) : full("vmhd", 1, u32(0, 0));
  const trak = box(
    "trak",
    full("tkhd", 7, u32(0, 0, 1, 0, told * durationMs, 0, 0), u16(0, 0, handler === "soun" ? 0x100 : 0, 0), MATRIX, u32(0, 0)),
    box(
      "mdia",
      full("mdhd", 0, u32(0, 0, AAC_RATE, told * samples), u16(0x55c4, 0)),
      full("hdlr", 0, u32(0), Buffer.from(handler), u32(0, 0, 0), Buffer.from("x\0")),
      box("minf", head, box("dinf", full("dref", 0, u32(1), full("url ", 1))), table),
    ),
  );
  const mvhd = full("mvhd", 0, u32(0, 0, 1000, told * durationMs, 0x10000), u16(0x100, 0), u32(0, 0), MATRIX, u32(0, 0, 0, 0, 0, 0), u32(2));
  return box("moov", mvhd, trak, ...(fragmented ? [box("mvex", full("trex", 0, u32(1, 1, AAC_SAMPLES, 0, 0)))] : []));
}

const ESDS = full("esds", 0, Buffer.from([0x03, 0x19, 0, 1, 0, 0x04, 0x11, 0x40, 0x15, 0, 0, 0, 0, 0, 0xfa, 0, 0, 0, 0xfa, 0, 0x05, 0x02, 0x11, 0x88, 0x06, 0x01, 0x02]));
const MP4A = box("mp4a", u32(0), u16(0, 1), u32(0, 0), u16(1, 16, 0, 0), u32(AAC_RATE * 0x10000), ESDS);
const AVC1 = box("avc1", u32(0), u16(0, 1), Buffer.alloc(16), u16(320, 240), u32(0x480000, 0x480000, 0), u16(1), Buffer.alloc(32), u16(24, 0xffff));
const AAC_FRAME = Buffer.alloc(32, 0x21);

/** `fragmented` is what Safari's MediaRecorder writes: the head says nothing of the length. */
export function m4a(durationMs = 3008, { fragmented = false, video = false } = {}) {
  const frames = Math.round((durationMs * AAC_RATE) / 1000 / AAC_SAMPLES);
  const sizes = Array(frames).fill(AAC_FRAME.length);
  const ftyp = video
    ? box("ftyp", Buffer.from("isom"), u32(512), Buffer.from("isomiso2avc1mp41"))
    : box("ftyp", Buffer.from(fragmented ? "iso5" : "M4A "), u32(512), Buffer.from(fragmented ? "iso5isomhlsf" : "M4A mp42isom"));
  const handler = video ? "vide" : "soun";
  const entry = video ? AVC1 : MP4A;
  const content = Buffer.concat(Array(frames).fill(AAC_FRAME));
  if (!fragmented) {
    const offset = ftyp.length + moov(durationMs, handler, entry, { sizes, offset: 0 }).length + 8;
    return Buffer.concat([ftyp, moov(durationMs, handler, entry, { sizes, offset }), box("mdat", content)]);
  }
  const parts = [ftyp, moov(durationMs, handler, entry, { fragmented, sizes })];
  for (let from = 0, sequence = 1; from < frames; from += 47, sequence += 1) {
    const count = Math.min(47, frames - from);
    const moof = (dataAt) =>
      box(
        "moof",
        full("mfhd", 0, u32(sequence)),
        box(
          "traf",
          full("tfhd", 0x020000 | 0x08 | 0x10, u32(1, AAC_SAMPLES, AAC_FRAME.length)),
          full("tfdt", 0, u32(from * AAC_SAMPLES)),
          full("trun", 0x01, u32(count, dataAt)),
        ),
      );
    parts.push(moof(moof(0).length + 8), box("mdat", content.subarray(0, count * AAC_FRAME.length)));
  }
  return Buffer.concat(parts);
}

/** Length of what {@link m4a} makes: whole frames. */
export const m4aMs = (durationMs) => (Math.round((durationMs * AAC_RATE) / 1000 / AAC_SAMPLES) * AAC_SAMPLES * 1000) / AAC_RATE;

// ---- the others ----

/** 8 kHz, 8 bits, mono. */
export function wav(durationMs = 3000) {
  const content = Buffer.alloc(durationMs * 8, 0x80);
  const format = Buffer.concat([u16le(1, 1), u32le(8000, 8000), u16le(1, 8)]);
  const chunk = (name, bytes) => Buffer.concat([Buffer.from(name), u32le(bytes.length), bytes]);
  const body = Buffer.concat([Buffer.from("WAVE"), chunk("fmt ", format), chunk("data", content)]);
  return chunk("RIFF", body);
}

/** MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame of 1,152 samples. */
export const mp3 = (frames = 115) => repeat(frames, () => Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0xc4]), Buffer.alloc(413)]));

/** ADTS, 48 kHz, mono, 1,024 samples a frame. */
export const aac = (frames = 141) => repeat(frames, () => Buffer.concat([Buffer.from([0xff, 0xf1, 0x4c, 0x40, 0x05, 0x1f, 0xfc]), Buffer.alloc(33, 0x21)]));

/** A head that says its length, and one empty frame. */
export function flac(durationMs = 3000, rate = 8000) {
  const samples = (durationMs * rate) / 1000;
  const info = Buffer.alloc(34);
  info.writeUInt16BE(4096, 0);
  info.writeUInt16BE(4096, 2);
  info.writeBigUInt64BE((BigInt(rate) << 44n) | (0n << 41n) | (7n << 36n) | BigInt(samples), 10);
  return Buffer.concat([Buffer.from("fLaC"), Buffer.from([0x80, 0, 0, 34]), info, Buffer.from([0xff, 0xf8, 0xc4, 0x08, 0, 0, 0, 0]), Buffer.alloc(64)]);
}
