// Deflate and its check sum; node has had a crc32 of its own only since 22.
import zlib from "node:zlib";

export const { deflateSync, deflateRawSync } = zlib;

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The deflate stream of `count` zero bytes, without ever holding them. `raw`: without zlib's head and check sum. */
export function deflatedZeros(count, { raw = false } = {}) {
  const stream = raw ? zlib.createDeflateRaw({ level: 9 }) : zlib.createDeflate({ level: 9 });
  const parts = [];
  const piece = Buffer.alloc(1024 * 1024);
  return new Promise((resolve, reject) => {
    stream.on("data", (part) => parts.push(part));
    stream.on("error", reject);
    stream.on("end", () => resolve(Buffer.concat(parts)));
    let left = count;
    const more = () => {
      while (left > 0) {
        const next = piece.subarray(0, Math.min(left, piece.length));
        left -= next.length;
        if (!stream.write(next) && left > 0) return stream.once("drain", more);
      }
      stream.end();
    };
    more();
  });
}
