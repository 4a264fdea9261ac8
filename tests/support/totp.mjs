// RFC 6238 with the authenticator apps' defaults (SHA-1, 30 s, six digits), written apart from the server so that it can disagree.
import { createHmac } from "node:crypto";

const STEP_S = 30;

function fromBase32(text) {
  const bytes = [];
  let bits = 0;
  let width = 0;
  for (const letter of text.replace(/=+$/, "").toUpperCase()) {
    const value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter);
    if (value < 0) throw new Error(`not base32: ${text}`);
    bits = (bits << 5) | value;
    width += 5;
    if (width >= 8) {
      width -= 8;
      bytes.push((bits >> width) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

export function totp(secret, at = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / STEP_S)));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const offset = mac[19] & 0x0f;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Milliseconds until the authenticator shows its next code. */
export const untilNextCode = (at = Date.now()) => STEP_S * 1000 - (at % (STEP_S * 1000));
