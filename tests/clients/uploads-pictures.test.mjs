// Every picture is made anew: nothing of its file is kept but what can be seen.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { get } from "../support/http.mjs";
import { newVisitor } from "../support/people.mjs";
import { animatedWebp, apng, exif, gif, gifFrames, GPS_MARK, jpeg, jpegSegment, jpegSegments, measure, oddPngs, png, pngChunk, pngChunks, webp } from "../support/pictures.mjs";
import { Server } from "../support/server.mjs";
import { sha256, upload } from "../support/uploads.mjs";
import { deflateSync } from "../support/zlib.mjs";

const LONGER_SIDE = 2560;
const THUMB_SIDE = 480;

let server;
let visitor;
before(async () => {
  server = await Server.start();
  visitor = await newVisitor(server);
});
after(() => server.stop());

/** The answer, the stored picture and its small copy. */
async function stored(name, bytes) {
  const uploaded = await upload(server, visitor, name, bytes);
  const [whole, thumb] = [await get(server, uploaded.url), await get(server, uploaded.thumb_url)];
  assert.equal(whole.status, 200, whole.text);
  assert.equal(thumb.status, 200, thumb.text);
  assert.equal(whole.headers["content-type"], uploaded.mime);
  const size = measure(whole.bytes);
  assert.deepEqual(size, { mime: uploaded.mime, width: uploaded.width, height: uploaded.height }, "what is told is what is stored");
  assert.equal(whole.bytes.length, uploaded.size);
  const small = measure(thumb.bytes);
  assert.equal(thumb.headers["content-type"], small.mime);
  assert.ok(Math.max(small.width, small.height) <= THUMB_SIDE, `${small.width} × ${small.height}`);
  // A pixel more or less is rounding.
  const scale = Math.max(small.width, small.height) / Math.max(size.width, size.height);
  assert.ok(Math.abs(small.width - size.width * scale) <= 1 && Math.abs(small.height - size.height * scale) <= 1, "the same shape");
  return { uploaded, bytes: whole.bytes, size: [size.width, size.height], small };
}

for (const [what, name, bytes, mime, size] of [
  ["a photo", "a.jpg", jpeg(640, 480), "image/jpeg", [640, 480]],
  ["a progressive photo", "a.jpg", jpeg(640, 480, { progressive: true }), "image/jpeg", [640, 480]],
  ["a screenshot", "a.png", png(640, 480), "image/png", [640, 480]],
  ["a picture with a clear background", "a.png", png(200, 100, { alpha: true }), "image/png", [200, 100]],
  ["one pixel", "a.png", png(1, 1), "image/png", [1, 1]],
  ["a long strip", "a.png", png(2000, 3), "image/png", [2000, 3]],
  ["WebP", "a.webp", webp(300, 200), "image/jpeg", [300, 200]],
  ["WebP with a clear background", "a.webp", webp(300, 200, { alpha: true }), "image/png", [300, 200]],
  ["APNG, of which the first picture is kept", "a.png", apng(60, 40, 4), "image/png", [60, 40]],
  ["GIF", "a.gif", gif(120, 80), "image/gif", [120, 80]],
  ["a photo of today's phones", "a.jpg", jpeg(4032, 3024), "image/jpeg", [2560, 1920]],
  ["the same, upright", "a.jpg", jpeg(3024, 4032), "image/jpeg", [1920, 2560]],
  ["the longest side that stays", "a.jpg", jpeg(LONGER_SIDE, 100), "image/jpeg", [LONGER_SIDE, 100]],
  ["one pixel more", "a.png", png(LONGER_SIDE + 1, 100), "image/png", [LONGER_SIDE, 100]],
]) {
  check(`${what} (${size.join(" × ")})`, async () => {
    const kept = await stored(name, bytes);
    assert.equal(kept.uploaded.mime, mime);
    assert.deepEqual(kept.size, size);
  });
}

for (const [what, bytes] of Object.entries(oddPngs(60, 40))) {
  check(`PNG, ${what}`, async () => {
    const { uploaded, size } = await stored("a.png", bytes);
    assert.equal(uploaded.mime, "image/png");
    assert.deepEqual(size, [60, 40]);
  });
}

check("a GIF goes on moving", async () => {
  const { bytes } = await stored("a.gif", gif(90, 60, 7));
  assert.equal(gifFrames(bytes), 7);
});

check("an animated WebP is one picture, or is refused", async () => {
  const { uploaded } = await stored("a.webp", animatedWebp(50, 40, 5)).catch((error) => {
    assert.match(error.message, /image_|file_type/);
    return { uploaded: undefined };
  });
  if (uploaded) assert.deepEqual([uploaded.width, uploaded.height], [50, 40]);
});

check("where it was taken, and with what, is gone; nothing but the picture is left", async () => {
  const secrets = [exif({ gps: true }), jpegSegment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x>${GPS_MARK}</x>`)), jpegSegment(0xfe, Buffer.from(GPS_MARK)), jpegSegment(0xed, Buffer.from(`Photoshop 3.0\0${GPS_MARK}`))];
  const sent = jpeg(640, 480, { segments: secrets });
  assert.ok(sent.includes(GPS_MARK) && sent.includes("Exif"));
  const { bytes } = await stored("a.jpg", sent);
  for (const mark of [GPS_MARK, "Exif", "adobe", "Photoshop", "Cam\0"]) assert.ok(!bytes.includes(mark), mark);
  for (const { marker } of jpegSegments(bytes)) assert.ok(![0xe1, 0xe2, 0xed, 0xfe].includes(marker), marker.toString(16));
});

check("a PNG's words and a GIF's comment are gone, too", async () => {
  const extra = [
    pngChunk("tEXt", Buffer.from(`Comment\0${GPS_MARK}`)),
    pngChunk("zTXt", Buffer.concat([Buffer.from("Comment\0\0"), deflateSync(Buffer.from(GPS_MARK))])),
    pngChunk("iTXt", Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${GPS_MARK}`)),
    pngChunk("eXIf", exif().subarray(10)),
    pngChunk("tIME", Buffer.from([7, 0xe9, 1, 1, 1, 1, 1])),
  ];
  const { bytes } = await stored("a.png", png(80, 60, { extra }));
  for (const type of pngChunks(bytes)) assert.ok(["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "gAMA", "sRGB", "cHRM"].includes(type), type);
  assert.ok(!bytes.includes(GPS_MARK));
  const moving = await stored("a.gif", gif(40, 30, 3, { comment: GPS_MARK }));
  assert.ok(!moving.bytes.includes(GPS_MARK));
  assert.equal(gifFrames(moving.bytes), 3);
});

for (const [orientation, turned] of [[1, false], [2, false], [3, false], [4, false], [5, true], [6, true], [7, true], [8, true]]) {
  check(`a photo of orientation ${orientation} stands as it was taken`, async () => {
    const { bytes, size } = await stored("a.jpg", jpeg(160, 96, { segments: [exif({ orientation })] }));
    assert.deepEqual(size, turned ? [96, 160] : [160, 96]);
    assert.ok(!bytes.includes("Exif"), "turned for good, not by a note");
  });
}

check("an orientation that is none is none", async () => {
  for (const orientation of [0, 9, 65535]) {
    const { size } = await stored("a.jpg", jpeg(160, 96, { segments: [exif({ orientation })] }));
    assert.deepEqual(size, [160, 96]);
  }
});

check("the same picture twice is stored once; what is stored is not what was sent", async () => {
  const sent = jpeg(320, 240, { segments: [exif()] });
  const [one, two] = [await stored("a.jpg", sent), await stored("b.jpg", sent)];
  assert.equal(sha256(one.bytes), sha256(two.bytes));
  assert.notEqual(sha256(one.bytes), sha256(sent));
});

check("a small picture's small copy is not larger than it", async () => {
  const { size, small } = await stored("a.png", png(50, 40));
  assert.ok(small.width <= size[0] && small.height <= size[1], `${small.width} × ${small.height}`);
});
