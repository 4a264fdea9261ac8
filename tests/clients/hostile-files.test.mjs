// A table of hostile files: each row says what must become of it. Meanwhile the server and the processes it started are
// watched: however hostile, all of it together stays within 64 MB of what an idle server has.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe } from "node:test";

import { check } from "../support/check.mjs";
import { DEADLINE_MS, eventually } from "../support/deadline.mjs";
import { docx, pdf, zip } from "../support/documents.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { MemoryWatch } from "../support/memory.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import * as pictures from "../support/pictures.mjs";
import { webm } from "../support/recordings.mjs";
import { Server, UNLIMITED } from "../support/server.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { file, filesOfRows, kept, multipart, send, sendMessage, SlowUpload, storedFiles, upload } from "../support/uploads.mjs";
import { deflatedZeros, deflateSync } from "../support/zlib.mjs";

const { animatedWebp, apng, exif, gif, GPS_MARK, greyPng, jpeg, jpegSegment, png, PNG_MAGIC, pngChunk, webp } = pictures;

const MIB = 1024 * 1024;
const ABOVE_IDLE_KIB = 64 * 1024;
/** How soon a small bomb must be refused: milliseconds, and room for a machine that does something else. */
const REFUSED_MS = 200;
/** Bodies of 50 MB have to come in first. */
const LARGE_MS = 5_000;
const TRIES = 3;
/** Eight pictures, one after the other, on a machine that does something else. */
const QUEUED_MS = 45_000;

const DEFAULT = ["images", "audio", "video", "pdf", "documents", "text"];
const EVERYTHING = [...DEFAULT, "archives", "other"];

const STATUS = { file_type: 415, image_broken: 422, image_too_large: 422 };
/** Kept as nothing but bytes that a browser saves. */
const bytesOnly = { mime: "application/octet-stream", disposition: "attachment" };
const attachment = (mime) => ({ mime, disposition: "attachment" });
const picture = (mime) => ({ mime, disposition: "inline" });

const SCRIPT = "<script>alert(document.domain)</script>";
const HTML = `<!DOCTYPE html><html><body>${SCRIPT}</body></html>`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${SCRIPT}</svg>`;
const ENTITY_BOMB = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "${"x".repeat(1000)}">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${"bcdefghij"[i]} "${`&${"abcdefghi"[i]};`.repeat(10)}">`).join("")}]><a>&j;</a>`;
const hex = (digits, ...more) => Buffer.concat([Buffer.from(digits.replaceAll(" ", ""), "hex"), ...more.map((m) => Buffer.from(m)), Buffer.alloc(256)]);
const half = (bytes) => bytes.subarray(0, bytes.length / 2);
const joined = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));

const PE = () => {
  const head = Buffer.alloc(512);
  head.write("MZ");
  head.writeUInt32LE(128, 60);
  head.write("PE\0\0d\x86", 128, "latin1");
  return head;
};
const LNK = () => hex("4c000000 01140200 00000000 c0000000 00000046", Buffer.alloc(60));
const CLASS = () => hex("cafebabe 00000041");
const JAR = () => zip([["META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMain-Class: Evil\r\n"], ["Evil.class", CLASS()]]);

const PIXELS = 50_000;
const bits = (width, height) => deflatedZeros((1 + Math.ceil(width / 8)) * height);
const sof = (width, height) => {
  const head = jpeg(16, 16);
  const at = head.indexOf(Buffer.from([0xff, 0xc0]));
  head.writeUInt16BE(height, at + 5);
  head.writeUInt16BE(width, at + 7);
  return head;
};
const app = (bytes) => Array.from({ length: Math.ceil(bytes / 65_000) }, (_, i) => jpegSegment(0xe1 + (i % 14), Buffer.alloc(65_000, "Exif")));

/**
 * `[what, name, bytes, outcome on a new desk, outcome where everything is allowed (when it is another), rest]`. An outcome
 * is a code, or what it is kept as; a list where more than one is right. `quick`: refused within milliseconds. `lacks`:
 * words that may not be in what is served.
 */
const FILES = [
  // Active content.
  ["SVG with a script", "logo.svg", SVG, "file_type", bytesOnly],
  ["SVG named .png", "logo.png", SVG, "file_type", bytesOnly],
  ["SVG after an XML head and a comment", "logo.svg", `<?xml version="1.0"?>\n<!-- ${"x".repeat(2000)} -->\n${SVG}`, "file_type", bytesOnly],
  ["SVG packed", "logo.svgz", hex("1f8b0800 00000000 0003", SVG), "file_type", ["file_type", attachment("application/gzip")]],
  ["HTML named .png", "photo.png", HTML, "file_type", bytesOnly],
  ["HTML after blank lines and a BOM", "a.txt", `\ufeff\n\n   ${HTML}`, "file_type", bytesOnly],
  ["HTML in capitals without a doctype", "a.txt", "<HTML><SCRIPT>alert(1)</SCRIPT>", "file_type", bytesOnly],
  ["a script tag in ordinary words", "a.txt", `Merhaba ${SCRIPT}`, ["file_type", attachment("text/plain; charset=utf-8")], [bytesOnly, attachment("text/plain; charset=utf-8")]],
  ["HTML in UTF-7", "a.txt", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-", attachment("text/plain; charset=utf-8")],
  ["HTML in UTF-16", "a.txt", Buffer.from(`\ufeff${HTML}`, "utf16le"), ["file_type", attachment("text/plain; charset=utf-8")], [bytesOnly, attachment("text/plain; charset=utf-8")]],
  ["XML with an entity bomb", "a.xml", ENTITY_BOMB, "file_type", bytesOnly],
  ["XML with a style sheet", "a.xml", `<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</html>`, "file_type", bytesOnly],
  ["an MHTML page", "a.mht", `MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${HTML}`, ["file_type", attachment("text/plain; charset=utf-8")], [bytesOnly, attachment("text/plain; charset=utf-8")]],

  // Polyglots.
  ["PNG's first bytes before HTML", "a.png", joined(PNG_MAGIC, HTML), "image_broken"],
  ["GIF that is JavaScript", "a.gif", "GIF89a=1;alert(1)//", "image_broken"],
  ["BMP that is JavaScript", "a.bmp", "BM=1;alert(1)//", ["file_type", attachment("text/plain; charset=utf-8")], [bytesOnly, attachment("text/plain; charset=utf-8")]],
  ["JPEG with HTML behind it", "a.jpg", joined(jpeg(), HTML), picture("image/jpeg"), undefined, { lacks: ["script"] }],
  ["JPEG with HTML in a comment", "a.jpg", jpeg(64, 48, { segments: [jpegSegment(0xfe, Buffer.from(HTML))] }), picture("image/jpeg"), undefined, { lacks: ["script"] }],
  ["PNG with HTML in its words", "a.png", png(64, 48, { extra: [pngChunk("tEXt", Buffer.from(`Title\0${HTML}`))] }), picture("image/png"), undefined, { lacks: ["script"] }],
  ["PNG with a ZIP behind it", "a.png", joined(png(), JAR()), picture("image/png"), undefined, { lacks: ["PK\x03\x04", "MANIFEST"] }],
  ["GIF with a JAR behind it", "a.gif", joined(gif(), JAR()), picture("image/gif"), undefined, { lacks: ["PK\x03\x04", "MANIFEST"] }],
  ["GIF with a script in its comment", "a.gif", gif(9, 9, 1, { comment: SCRIPT }), picture("image/gif"), undefined, { lacks: ["script"] }],
  ["PDF with a ZIP behind it", "a.pdf", joined(pdf(), zip([["a.txt", "words"]])), attachment("application/pdf")],
  ["PDF with a JAR behind it", "a.pdf", joined(pdf(), JAR()), [attachment("application/pdf"), "file_type"]],
  ["PDF with HTML before it", "a.pdf", joined(HTML, pdf()), "file_type", bytesOnly],
  ["PDF with JavaScript", "a.pdf", pdf("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), attachment("application/pdf")],
  ["PDF that starts a program", "a.pdf", pdf("/OpenAction << /S /Launch /F (calc.exe) >>"), attachment("application/pdf")],
  ["WebM with HTML behind it", "a.webm", joined(webm(100), HTML), [{ mime: "audio/webm", disposition: "inline" }, "file_type"]],

  // Photos that tell more than they show.
  ["a photo that says where it was taken", "IMG_1.jpg", jpeg(640, 480, { segments: [exif()] }), picture("image/jpeg"), undefined, { lacks: ["Exif", GPS_MARK] }],
  ["a screenshot that says where it was taken", "a.png", png(64, 48, { extra: [pngChunk("eXIf", exif().subarray(10))] }), picture("image/png"), undefined, { lacks: ["eXIf", GPS_MARK] }],

  // Pictures larger than anybody's memory.
  ["PNG of 50,000 × 50,000, all of it there", "a.png", async () => greyPng(PIXELS, PIXELS, await bits(PIXELS, PIXELS)), "image_too_large", undefined, { quick: true }],
  ["PNG that says 50,000 × 50,000", "a.png", async () => greyPng(PIXELS, PIXELS, deflateSync(Buffer.alloc(100))), "image_too_large", undefined, { quick: true }],
  ["PNG of 2³¹−1 × 2³¹−1", "a.png", () => greyPng(2 ** 31 - 1, 2 ** 31 - 1, deflateSync(Buffer.alloc(100))), ["image_too_large", "image_broken"], undefined, { quick: true }],
  ["PNG of 0 × 0", "a.png", () => greyPng(0, 0, deflateSync(Buffer.alloc(100))), "image_broken", undefined, { quick: true }],
  ["PNG of 1,000,000 × 1", "a.png", async () => greyPng(1_000_000, 1, await bits(1_000_000, 1)), ["image_too_large", picture("image/png")]],
  ["JPEG that says 65,535 × 65,535", "a.jpg", () => sof(65_535, 65_535), "image_too_large", undefined, { quick: true }],
  ["JPEG of 0 × 0", "a.jpg", () => sof(0, 0), "image_broken", undefined, { quick: true }],
  ["a progressive JPEG of 12 million pixels", "a.jpg", () => jpeg(4000, 3000, { progressive: true }), ["image_too_large", picture("image/jpeg")]],
  ["a progressive JPEG of 10,000 passes", "a.jpg", () => pictures.jpegOfScans(3000, 3000, 10_000), "image_too_large", undefined, { quick: true }],
  ["WebP of 16,384 × 16,384 in 34 bytes", "a.webp", () => webp(16_384, 16_384), "image_too_large", undefined, { quick: true }],
  ["GIF of 10,000 pictures", "a.gif", () => gif(64, 64, 10_000), "image_too_large", undefined, { quick: true }],
  ["GIF of 500 large pictures", "a.gif", () => gif(2000, 2000, 500), "image_too_large", undefined, { quick: true }],
  ["GIF with a screen of 65,535 × 65,535 and pictures of a pixel", "a.gif", () => gif(65_535, 65_535, 3, { frame: [1, 1] }), "image_too_large", undefined, { quick: true }],
  ["GIF with pictures outside its screen", "a.gif", () => gif(4, 4, 3, { frame: [3000, 3000] }), ["image_broken", "image_too_large", picture("image/gif")]],
  ["APNG of 10,000 pictures", "a.png", () => apng(16, 16, 10_000), ["image_too_large", picture("image/png")]],
  ["APNG that says 2³¹ pictures", "a.png", () => {
    const bytes = apng(16, 16, 2);
    bytes.writeUInt32BE(0x7fffffff, bytes.indexOf("acTL") + 4);
    return bytes;
  }, ["image_too_large", "image_broken", picture("image/png")]],
  ["WebP of 2,000 pictures", "a.webp", () => animatedWebp(16, 16, 2000), ["image_too_large", "file_type", picture("image/jpeg"), picture("image/png")]],
  ["WebP that moves and is large", "a.webp", () => animatedWebp(12_000, 12_000, 3), ["image_too_large", "file_type"], undefined, { quick: true }],

  ["the largest PNG that stays as it is, of noise that nothing packs", "a.png", () => {
    const side = 2560;
    const rows = randomBytes((1 + side * 4) * side);
    for (let y = 0; y < side; y += 1) rows[y * (1 + side * 4)] = 0;
    return png(side, side, { alpha: true, data: deflateSync(rows, { level: 1 }) });
  }, picture("image/png")],

  // Little bytes that become many, and many bytes around a little picture.
  ["PNG with a gigabyte behind its pixels", "a.png", async () => png(100, 100, { data: await deflatedZeros(1024 * MIB) }), ["image_broken", "image_too_large", picture("image/png")]],
  ["PNG with a colour profile of 512 MB", "a.png", async () => png(64, 48, { extra: [pngChunk("iCCP", joined("x\0\0", await deflatedZeros(512 * MIB)))] }), ["image_broken", "image_too_large", picture("image/png")]],
  ["PNG with words of 512 MB, packed", "a.png", async () => png(64, 48, { extra: [pngChunk("zTXt", joined("x\0\0", await deflatedZeros(512 * MIB)))] }), ["image_broken", "image_too_large", picture("image/png")]],
  ["PNG with 50 MB of words", "a.png", () => png(64, 48, { extra: [pngChunk("iTXt", joined("x\0\0\0\0\0", Buffer.alloc(50 * MIB, "x")))] }), "image_too_large", undefined, { large: true }],
  ["PNG with 50 MB of packed words", "a.png", () => png(64, 48, { extra: [pngChunk("zTXt", joined("x\0\0", Buffer.alloc(50 * MIB, "x")))] }), "image_too_large", undefined, { large: true }],
  ["PNG with 50 MB in small pieces", "a.png", () => png(64, 48, { extra: Array(800).fill(pngChunk("tEXt", Buffer.alloc(65_000, "x\0"))) }), "image_too_large", undefined, { large: true }],
  ["PNG with a piece that says 2 GB", "a.png", () => {
    const chunk = pngChunk("tEXt", Buffer.from("x\0y"));
    chunk.writeUInt32BE(0x7fffffff, 0);
    return png(64, 48, { extra: [chunk] });
  }, ["image_broken", "image_too_large"], undefined, { quick: true }],
  ["JPEG with 50 MB of notes", "a.jpg", () => jpeg(64, 48, { segments: app(50 * MIB) }), "image_too_large", undefined, { large: true }],
  ["GIF with 50 MB of comment", "a.gif", () => gif(16, 16, 2, { comment: "x".repeat(50 * MIB) }), ["image_too_large", picture("image/gif")], undefined, { large: true }],
  ["WebP with 50 MB of notes", "a.webp", () => {
    const bytes = webp(40, 30);
    const notes = Buffer.alloc(8 + 50 * MIB, "x");
    notes.write("EXIF");
    notes.writeUInt32LE(50 * MIB, 4);
    const all = joined(bytes, notes);
    all.writeUInt32LE(all.length - 8, 4);
    return all;
  }, ["image_too_large", picture("image/jpeg")], undefined, { large: true }],

  // Broken on purpose.
  ["half a PNG", "a.png", half(png(300, 200)), "image_broken"],
  ["a PNG's head", "a.png", png(300, 200).subarray(0, 33), "image_broken"],
  ["a PNG's first bytes", "a.png", PNG_MAGIC, "image_broken"],
  ["a PNG with a false check sum", "a.png", Buffer.from(png().map((b, i) => (i === 60 ? b ^ 1 : b))), "image_broken"],
  ["half a JPEG", "a.jpg", half(jpeg(600, 400)), ["image_broken", picture("image/jpeg")]],
  ["a JPEG's first bytes", "a.jpg", Buffer.from("ffd8ffe0", "hex"), "image_broken"],
  ["half a GIF", "a.gif", half(gif(300, 200, 3)), ["image_broken", picture("image/gif")]],
  ["a GIF's head", "a.gif", gif(300, 200).subarray(0, 20), "image_broken"],
  ["half a WebP", "a.webp", webp(300, 200).subarray(0, 24), "image_broken"],

  // Archives are never opened.
  ["a ZIP bomb of 1 : 1,000", "a.zip", async () => zip([["zeros", { deflated: await deflatedZeros(512 * MIB, { raw: true }), size: 512 * MIB }]]), "file_type", attachment("application/zip"), { swift: true }],
  ["ZIP bombs in a ZIP bomb", "a.zip", async () => {
    let inner = zip([["zeros", { deflated: await deflatedZeros(64 * MIB, { raw: true }), size: 64 * MIB }]]);
    for (let i = 0; i < 4; i += 1) inner = zip(Array.from({ length: 16 }, (_, k) => [`${k}.zip`, inner]));
    return inner;
  }, "file_type", attachment("application/zip"), { swift: true }],
  ["a document with a gigabyte in it", "a.docx", async () => docx([["word/media/a.bin", { deflated: await deflatedZeros(1024 * MIB, { raw: true }), size: 1024 * MIB }]]), attachment("application/vnd.openxmlformats-officedocument.wordprocessingml.document"), undefined, { swift: true }],
  ["a ZIP with paths that lead out of it", "a.zip", zip([["../../../../etc/cron.d/evil", "* * * * * root evil"]]), "file_type", attachment("application/zip")],
  ["a ZIP that says it has 65,535 entries", "a.zip", () => {
    const bytes = zip([["a.txt", "words"]]);
    bytes.writeUInt16LE(0xffff, bytes.length - 12);
    return bytes;
  }, "file_type", attachment("application/zip")],

  // Programs, whatever they are called and whatever is allowed.
  ["ELF", "a.txt", hex("7f454c46 02010100 00000000 00000000 03003e00"), "file_type"],
  ["a Windows program named .jpg", "photo.jpg", PE(), "file_type"],
  ["a Windows program named .pdf.exe", "invoice.pdf.exe", PE(), "file_type"],
  ["a DOS program", "a.txt", hex("4d5a9000 03000000"), "file_type"],
  ["Mach-O of 64 bits", "a.txt", hex("cffaedfe 07000001"), "file_type"],
  ["Mach-O for all processors", "a.txt", hex("cafebabe 00000002 01000007"), "file_type"],
  ["a Java class", "a.txt", CLASS(), "file_type"],
  ["WebAssembly", "a.txt", hex("0061736d 01000000"), "file_type"],
  ["an Android program's code", "a.txt", hex("6465780a 30333500"), "file_type"],
  ["a shell script", "notlar.txt", "#!/bin/sh\nrm -rf ~\n", "file_type"],
  ["a Python script", "notlar.txt", "#!/usr/bin/env python3\nimport os\n", "file_type"],
  ["a link of Windows", "a.txt", LNK(), "file_type"],
  ["a JAR", "a.jar", JAR(), "file_type", ["file_type", attachment("application/zip"), attachment("application/java-archive"), bytesOnly]],
  ["a batch file is words", "run.bat", "@echo off\r\ndel /s *\r\n", attachment("text/plain; charset=utf-8"), undefined, { name: "run.bat.txt" }],
  ["a desktop link is words", "menü.desktop", "[Desktop Entry]\nExec=evil\n", attachment("text/plain; charset=utf-8"), undefined, { name: "menü.desktop.txt" }],
  ["PowerShell is words", "a.ps1", "Remove-Item -Recurse C:\\\r\n", attachment("text/plain; charset=utf-8"), undefined, { name: "a.ps1.txt" }],
  ["JavaScript is words", "a.js", "fetch('/api/admin/me').then(alert)\n", attachment("text/plain; charset=utf-8"), undefined, { name: "a.js.txt" }],
];

let server;
let owner;
let visitor;
let watch;
const figures = [];
before(async () => {
  server = await Server.start({ env: { ...UNLIMITED, KONUSMA_UPLOAD_MAX_MB: "100", KONUSMA_UPLOAD_DAY_MB: "0" } });
  owner = await newOwner(server);
  visitor = await newVisitor(server);
  // What an idle server has: everything used once, nothing going on.
  await upload(server, visitor, "ilk.jpg", jpeg(64, 48));
  await get(server, "/");
  watch = new MemoryWatch(server.pid);
});
after(async () => {
  await watch.stop();
  const mib = (kib) => (kib / 1024).toFixed(1);
  const most = (key) => Math.max(...figures.map((f) => f[key]));
  const peak = most("peakKib");
  console.log(`hostile files: idle ${mib(watch.idleKib)} MiB, at most ${mib(peak)} MiB with all processes (${mib(peak - watch.idleKib)} above idle)`);
  console.log(`hostile files: the server alone ${mib(most("serverPeakKib"))} MiB, one decoder ${mib(most("childPeakKib"))} MiB with the program's pages, which it shares`);
  const top = (key, unit, n = 4) => figures.toSorted((a, b) => b[key] - a[key]).slice(0, n).map((f) => `${f.what} ${unit(f[key])}`).join("; ");
  console.log(`hostile files: most memory: ${top("peakKib", (k) => `${mib(k)} MiB`)}; of the server's own: ${top("serverPeakKib", (k) => `${mib(k)} MiB`)}`);
  console.log(`hostile files: slowest: ${top("ms", (ms) => `${Math.round(ms)} ms`)}`);
  await server.stop();
});

/** Runs `body`, and holds the memory of its time against the limit. */
async function watched(what, body) {
  await watch.lap();
  let ms = 0;
  let lap;
  try {
    ms = (await body()) ?? 0;
  } finally {
    lap = await watch.lap();
    figures.push({ what, ms, ...lap });
  }
  const above = lap.peakKib - watch.idleKib;
  assert.ok(above < ABOVE_IDLE_KIB, `${(above / 1024).toFixed(1)} MiB above idle`);
}

async function allow(types) {
  const settings = expectJson(await owner.get("/api/admin/settings"));
  assert.equal((await owner.change("PUT", "/api/admin/settings", { ...settings, upload_types: types })).status, 200);
}

/** Fails unless the answer is one of the outcomes. */
async function assertOutcome(answer, outcomes, { lacks = [], name } = {}) {
  if (answer.status !== 201) {
    const { code } = JSON.parse(answer.text);
    assert.ok(outcomes.includes(code), `refused as ${code}, should be ${JSON.stringify(outcomes)}: ${answer.text}`);
    expectProblem(answer, STATUS[code], code);
    return;
  }
  const uploaded = JSON.parse(answer.text);
  if (name) assert.equal(uploaded.name, name);
  for (const link of [uploaded.url, uploaded.thumb_url].filter(Boolean)) {
    const { status, headers, bytes } = await get(server, link);
    assert.equal(status, 200);
    const [mime, disposition] = [headers["content-type"], headers["content-disposition"].split(";")[0]];
    const fits = outcomes.some((o) => o.disposition === disposition && (o.mime === mime || link === uploaded.thumb_url));
    assert.ok(fits, `kept as ${mime}, ${disposition}; should be ${JSON.stringify(outcomes)}`);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["content-security-policy"], "default-src 'none'; sandbox");
    for (const words of lacks) assert.ok(!bytes.includes(words), `still has “${words}”`);
  }
}

/** Bombs take long to build: once, where they are small. */
const built = new Map();
async function bytesOf(make) {
  if (typeof make !== "function") return make;
  if (built.has(make)) return built.get(make);
  const bytes = await make();
  if (bytes.length < 4 * MIB) built.set(make, bytes);
  return bytes;
}

function everyRow(column) {
  for (const [what, name, make, onNewDesk, whereAllIsAllowed = onNewDesk, rest = {}] of FILES) {
    const outcomes = [column === "new" ? onNewDesk : whereAllIsAllowed].flat();
    check(`${what} → ${outcomes.map((o) => o.mime ?? o).join(" or ")}`, async () => {
      const bytes = await bytesOf(make);
      const before = await kept(server);
      await watched(what, async () => {
        const took = [];
        for (let i = 0; i < (rest.quick ? TRIES : 1); i += 1) {
          const since = performance.now();
          const answer = await send(server, visitor, file(name, bytes));
          took.push(performance.now() - since);
          await assertOutcome(answer, outcomes, rest);
          if (answer.status !== 201) assert.deepEqual(await kept(server), before, "nothing is left of it");
        }
        const best = Math.min(...took);
        if (rest.quick) assert.ok(best < REFUSED_MS, `${best} ms`);
        if (rest.large) assert.ok(best < LARGE_MS, `${best} ms`);
        if (rest.swift) assert.ok(best < 1000, `${best} ms: was it opened?`);
        return best;
      });
    });
  }
}

describe("on a new desk", () => {
  before(() => allow(DEFAULT));
  everyRow("new");
});

describe("where the owner allows everything", () => {
  before(() => allow(EVERYTHING));
  everyRow("all");
});

const words = file("a.txt", "words");
/** Bodies that are hostile as bodies: `[what, content type, body, right statuses]`. */
const BODIES = [
  ["a multipart body in the multipart body", () => multipart([{ head: 'Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=in', bytes: multipart([words], { boundary: "in" }).body }]), [400]],
  ["the boundary inside the file, not at a line's start", () => multipart([file("a.txt", "words ------konusma-test-7MA4YWxkTrZu0gW-- words")]), [201]],
  ["a boundary of 1,000 characters", () => multipart([words], { boundary: "b".repeat(1000) }), [201, 400]],
  ["an empty boundary", () => ({ ...multipart([words], { boundary: "" }), type: "multipart/form-data; boundary=" }), [201, 400, 415]],
  ["a boundary in quotes with spaces", () => ({ ...multipart([words], { boundary: "a b" }), type: 'multipart/form-data; boundary="a b"' }), [201, 400]],
  ["two boundaries", () => ({ ...multipart([words]), type: `${multipart([words]).type}; boundary=other` }), [201, 400, 415]],
  ["a part's header of 100 KB", () => multipart([{ head: `Content-Disposition: form-data; name="file"; filename="a.txt"\r\nX-Long: ${"x".repeat(100_000)}`, bytes: "words" }]), [400, 413]],
  ["a part's header without an end, 20 MB of it", () => multipart([{ head: `Content-Disposition: form-data; name="file"; filename="${"x".repeat(20 * MIB)}"`, bytes: "words" }]), [400, 413]],
  ["100,000 lines in a part's header", () => multipart([{ head: `Content-Disposition: form-data; name="file"; filename="a.txt"${"\r\nX: y".repeat(100_000)}`, bytes: "words" }]), [400, 413]],
  ["20 MB before the first boundary", () => {
    const { type, body } = multipart([words]);
    return { type, body: joined(Buffer.alloc(20 * MIB, "x"), "\r\n", body) };
  }, [201, 400, 413]],
  ["20 MB after the last boundary", () => {
    const { type, body } = multipart([words]);
    return { type, body: joined(body, Buffer.alloc(20 * MIB, "x")) };
  }, [201, 400, 413]],
  ["100,000 empty parts", () => multipart(Array.from({ length: 100_000 }, () => ({ name: "x", bytes: "" }))), [400]],
  ["20 MB of almost-boundaries", () => multipart([file("a.txt", "\r\n------konusma-test-7MA4YWxkTrZu0gX".repeat(600_000))]), [201]],
  ["a part that says it is packed", () => multipart([{ head: 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Transfer-Encoding: base64', bytes: "PHNjcmlwdD4=" }]), [201, 400]],
];

describe("bodies", () => {
  before(() => allow(DEFAULT));
  for (const [what, make, statuses] of BODIES) {
    check(`${what} → ${statuses.join(" or ")}`, async () => {
      const { type, body } = make();
      const before = await kept(server);
      await watched(what, async () => {
        const slow = await SlowUpload.open(server, visitor, { length: body.length, type });
        const since = performance.now();
        slow.write(body);
        const answer = await slow.answer();
        assert.ok(answer, "an answer, not only a closed connection");
        assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text}`);
        slow.vanish();
        if (answer.status !== 201) assert.deepEqual(await kept(server), before);
        return performance.now() - since;
      });
    });
  }

  check("a head of 60 KB, because of its boundary, is refused or cut off", async () => {
    const { type, body } = multipart([words], { boundary: "b".repeat(60_000) });
    const slow = await SlowUpload.open(server, visitor, { length: body.length, type });
    const answer = await slow.answer();
    if (answer) assert.ok([400, 431].includes(answer.status), answer.text);
    slow.vanish();
  });

  check("a body that is longer than it says is cut off where it says", async () => {
    const { body } = multipart([words]);
    const slow = await SlowUpload.open(server, visitor, { length: body.length - 10 });
    await slow.write(body);
    const answer = await slow.answer();
    if (answer) expectProblem(answer, 400, "invalid_body");
    slow.vanish();
  });

  check("a body that is shorter than it says is none", async () => {
    const before = await kept(server);
    const { body } = multipart([words]);
    const slow = await SlowUpload.open(server, visitor, { length: body.length + 10 });
    await slow.write(body);
    slow.socket.end();
    const answer = await slow.answered;
    if (answer) assert.ok(answer.status === 400 || answer.status === 201, answer.text);
    slow.vanish();
    if (answer?.status !== 201) await eventually("nothing is left", async () => JSON.stringify(await kept(server)) === JSON.stringify(before));
  });

  check("a length and chunks at once are refused, or the chunks hold", async () => {
    const slow = await SlowUpload.open(server, visitor, { headers: { "Content-Length": "5" } });
    await slow.begin();
    await slow.write("words");
    await slow.end();
    const answer = await slow.answer();
    if (answer) assert.ok([201, 400].includes(answer.status), answer.text);
    slow.vanish();
  });
});

describe("many at once", () => {
  before(() => allow(EVERYTHING));

  check("eight bombs", async () => {
    const bombs = [await FILES.find(([what]) => what.startsWith("PNG with a gigabyte"))[2](), greyPng(PIXELS, PIXELS, deflateSync(Buffer.alloc(9))), gif(2000, 2000, 500), sof(65_535, 65_535)];
    await watched("eight bombs at once", async () => {
      const answers = await Promise.all([...bombs, ...bombs].map((bytes) => send(server, visitor, file("a", bytes), { withinMs: QUEUED_MS })));
      for (const { status } of answers) assert.ok([201, 422, 429, 503].includes(status), `${status}`);
    });
  });

  check("eight photos of 12 million pixels: all are taken, one after the other", async () => {
    const photo = jpeg(4032, 3024, { segments: [exif()] });
    await watched("eight photos at once", async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(server, visitor, file("a.jpg", photo), { withinMs: QUEUED_MS })));
      for (const answer of answers) assert.equal(answer.status, 201, answer.text);
    });
  });

  check("eight files of 50 MB: none is ever whole in memory", async () => {
    const large = joined(pdf(), Buffer.alloc(50 * MIB, "konusma "));
    await watched("eight large files at once", async () => {
      const slow = await Promise.all(Array.from({ length: 8 }, () => SlowUpload.open(server, visitor)));
      await Promise.all(slow.map((one, i) => one.begin(`${i}.pdf`)));
      for (let at = 0; at < large.length; at += MIB) {
        await Promise.all(slow.map((one) => one.write(large.subarray(at, at + MIB))));
      }
      await Promise.all(slow.map((one) => one.end()));
      for (const one of slow) {
        assert.equal((await one.answer(3 * DEADLINE_MS)).status, 201);
        one.vanish();
      }
    });
  });
});

check("after all of it the desk is as before: people write, send and look", async () => {
  await allow(DEFAULT);
  assert.equal(JSON.parse((await get(server, "/health")).text).ok, true);
  const phone = await visitorSocket(server, visitor);
  const desk = await agentSocket(server, owner);
  const { id } = await phone.say("hâlâ buradayım");
  assert.equal((await desk.next("message", (m) => m.id === id)).text, "hâlâ buradayım");
  const ack = await sendMessage(phone, await upload(server, visitor, "gül.jpg", jpeg(640, 480)));
  const { upload: heard } = await desk.next("message", (m) => m.id === ack.id);
  assert.equal((await get(server, heard.url)).status, 200);
  assert.deepEqual(storedFiles(server), await filesOfRows(server));
  const panics = server.log.filter((line) => /panicked|ERROR/.test(line));
  assert.deepEqual(panics, []);
});
