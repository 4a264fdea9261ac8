// How long a recording is, told by the server from the container alone.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { get } from "../support/http.mjs";
import { newVisitor } from "../support/people.mjs";
import { aac, flac, m4a, m4aMs, mp3, ogg, wav, webm } from "../support/recordings.mjs";
import { Server } from "../support/server.mjs";
import { upload } from "../support/uploads.mjs";

/** One frame of any of these codecs, and rounding. */
const TOLERANCE_MS = 70;

let server;
let visitor;
before(async () => {
  server = await Server.start();
  visitor = await newVisitor(server);
});
after(() => server.stop());

for (const [what, name, bytes, mime, durationMs] of [
  ["Chromium's WebM, without a length in its head", "ses.webm", webm(3000), "audio/webm", 3000],
  ["the same, of more than an hour", "uzun.webm", webm(3_700_000), "audio/webm", 3_700_000],
  ["the same, of a moment", "kısa.webm", webm(100), "audio/webm", 100],
  ["WebM with a length", "ses.webm", webm(4000, { headed: true }), "audio/webm", 4000],
  ["Firefox's Ogg", "ses.ogg", ogg(5000), "audio/ogg", 5000],
  ["MP4 with a length", "ses.m4a", m4a(3008), "audio/mp4", m4aMs(3008)],
  ["Safari's MP4 in fragments", "ses.mp4", m4a(6016, { fragmented: true }), "audio/mp4", m4aMs(6016)],
  ["MP3", "şarkı.mp3", mp3(115), "audio/mpeg", (115 * 1152 * 1000) / 44100],
  ["WAV", "ses.wav", wav(2500), "audio/wav", 2500],
  ["FLAC", "ses.flac", flac(7000), "audio/flac", 7000],
  ["AAC", "ses.aac", aac(141), "audio/aac", (141 * 1024 * 1000) / 48000],
]) {
  check(`${what}: ${mime}, ${Math.round(durationMs)} ms`, async () => {
    const uploaded = await upload(server, visitor, name, bytes, "audio/x-anything");
    assert.equal(uploaded.mime.split(";")[0].replace("x-", ""), mime);
    assert.ok(Number.isInteger(uploaded.duration_ms), `${uploaded.duration_ms}`);
    assert.ok(Math.abs(uploaded.duration_ms - durationMs) <= TOLERANCE_MS, `${uploaded.duration_ms} ms`);
    assert.equal(uploaded.width, undefined);
    const got = await get(server, uploaded.url);
    assert.deepEqual(got.bytes, bytes, "sound is kept as it came");
    assert.equal(got.headers["content-type"], uploaded.mime);
    assert.match(got.headers["content-disposition"], /^inline\b/);
  });
}

check("a picture track makes it a video, which is downloaded", async () => {
  for (const [name, bytes, mime] of [
    ["v.webm", webm(1000, { video: true }), "video/webm"],
    ["v.mp4", m4a(1000, { video: true }), "video/mp4"],
  ]) {
    const uploaded = await upload(server, visitor, name, bytes);
    assert.equal(uploaded.mime, mime);
    assert.match((await get(server, uploaded.url)).headers["content-disposition"], /^attachment;/);
  }
});

check("a recording that breaks off is kept, with the length of what there is or none", async () => {
  for (const [name, bytes] of [
    ["a.webm", webm(3000)],
    ["a.ogg", ogg(3000)],
    ["a.m4a", m4a(3008)],
    ["f.mp4", m4a(3008, { fragmented: true })],
    ["a.wav", wav(3000)],
  ]) {
    for (const share of [0.95, 0.5]) {
      const { duration_ms } = await upload(server, visitor, name, bytes.subarray(0, Math.floor(bytes.length * share)));
      assert.ok(duration_ms === undefined || (duration_ms > 0 && duration_ms <= 3000 + TOLERANCE_MS), `${name}: ${duration_ms}`);
    }
  }
});

check("a length that is made up is not believed beyond reason", async () => {
  const liar = webm(1000, { headed: true });
  liar.writeDoubleBE(Number.POSITIVE_INFINITY, liar.indexOf(Buffer.from("4489", "hex")) + 7);
  const { duration_ms } = await upload(server, visitor, "a.webm", liar);
  assert.ok(duration_ms === undefined || (Number.isSafeInteger(duration_ms) && duration_ms >= 0), `${duration_ms}`);
});
