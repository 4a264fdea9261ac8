// The owner's list of what may be sent holds from the next file on, for visitors and agents alike.
import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";

import { check } from "../support/check.mjs";
import { docx, odt, pdf, xlsx, zip } from "../support/documents.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { gif, jpeg, png, webp } from "../support/pictures.mjs";
import { aac, flac, m4a, mp3, ogg, wav, webm } from "../support/recordings.mjs";
import { Server } from "../support/server.mjs";
import { file, kept, send, upload } from "../support/uploads.mjs";

const DEFAULT = ["images", "audio", "video", "pdf", "documents", "text"];
const ALL = [...DEFAULT, "archives", "other"];

/** An example or more of each type; none of them is of two. */
const FILES = {
  images: [["a.png", png()], ["a.jpg", jpeg()], ["a.gif", gif()], ["a.webp", webp()]],
  audio: [["a.webm", webm()], ["a.ogg", ogg()], ["a.m4a", m4a()], ["a.mp3", mp3()], ["a.wav", wav()], ["a.flac", flac()], ["a.aac", aac()]],
  video: [["v.webm", webm(1000, { video: true })], ["v.mp4", m4a(1000, { video: true })]],
  pdf: [["a.pdf", pdf()]],
  documents: [["a.docx", docx()], ["a.xlsx", xlsx()], ["a.odt", odt()]],
  text: [["a.txt", "sözler\n"], ["a.csv", "ad;adet\ngül;3\n"]],
  archives: [["a.zip", zip([["a.txt", "words"]])]],
  other: [
    ["a.bin", Buffer.from([0, 1, 2, 3, 0xff, 0xfe, 0xfd, 0, 7])],
    ["a.html", "<!DOCTYPE html><html><body>words</body></html>"],
    ["a.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["a.xml", '<?xml version="1.0"?><a/>'],
    ["a.bmp", Buffer.concat([Buffer.from("BM"), Buffer.from([0x3a, 0, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0]), Buffer.alloc(28)])],
    ["a.tiff", Buffer.concat([Buffer.from("II*\0\x08\0\0\0"), Buffer.alloc(60)])],
    ["a.heic", Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypheic\0\0\0\0mif1heic"), Buffer.alloc(60)])],
    ["a.avif", Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypavif\0\0\0\0mif1avif"), Buffer.alloc(60)])],
  ],
};

let server;
let owner;
let visitor;
let settings;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
  settings = expectJson(await owner.get("/api/admin/settings"));
});
after(() => server.stop());

async function allow(types) {
  const answer = await owner.change("PUT", "/api/admin/settings", { ...settings, upload_types: types });
  assert.equal(answer.status, 200, answer.text);
}
beforeEach(() => allow(DEFAULT));

check("a new desk has the list of the contract", () => assert.deepEqual(settings.upload_types, DEFAULT));

for (const [type, files] of Object.entries(FILES)) {
  check(`${type}: taken where it is alone on the list, refused where all others are`, async () => {
    await allow([type]);
    for (const [name, bytes] of files) await upload(server, visitor, name, bytes).catch((e) => assert.fail(`${name}: ${e.message}`));
    await allow(ALL.filter((t) => t !== type));
    const before = await kept(server);
    for (const [name, bytes] of files) {
      for (const who of [visitor, owner]) {
        const answer = await send(server, who, file(name, bytes));
        assert.equal(answer.status, 415, `${name}: ${answer.text}`);
        expectProblem(answer, 415, "file_type");
      }
    }
    assert.deepEqual(await kept(server), before);
  });
}

check("pages and pictures of kinds that browsers run or few can show are bytes to be downloaded", async () => {
  await allow(["other"]);
  for (const [name, bytes] of FILES.other) {
    const { url, width } = await upload(server, visitor, name, bytes);
    const { headers } = await get(server, url);
    assert.equal(headers["content-type"], "application/octet-stream", name);
    assert.match(headers["content-disposition"], /^attachment;/, name);
    assert.equal(width, undefined, name);
  }
});

check("an empty list: nobody sends anything, and everybody is told so", async () => {
  await allow([]);
  assert.deepEqual(expectJson(await get(server, "/api/info")).uploads.types, []);
  for (const [name, bytes] of Object.values(FILES).map(([first]) => first)) {
    for (const who of [visitor, owner]) expectProblem(await send(server, who, file(name, bytes)), 415, "file_type");
  }
});

check("what is stored stays to be had when its type leaves the list", async () => {
  const { url } = await upload(server, visitor, "a.pdf", pdf());
  await allow(["images"]);
  assert.equal((await get(server, url)).status, 200);
});

check("the list is shown to visitors as the owner set it, and survives a restart", async () => {
  await allow(["pdf", "images"]);
  assert.deepEqual(expectJson(await get(server, "/api/info")).uploads.types.toSorted(), ["images", "pdf"]);
  assert.deepEqual(expectJson(await owner.get("/api/admin/settings")).upload_types.toSorted(), ["images", "pdf"]);
  const { dir, port } = server;
  await server.stop();
  server = await Server.start({ dir, port });
  owner.server = server;
  assert.deepEqual(expectJson(await get(server, "/api/info")).uploads.types.toSorted(), ["images", "pdf"]);
});

for (const [what, types] of [
  ["an unknown type", ["images", "programs"]],
  ["the same type twice", ["images", "images"]],
  ["a type that is no text", [7]],
  ["no list", "images"],
]) {
  check(`${what} is refused and changes nothing`, async () => {
    const answer = await owner.change("PUT", "/api/admin/settings", { ...settings, upload_types: types });
    assert.equal(answer.status, 400, answer.text);
    expectProblem(answer, 400, JSON.parse(answer.text).code);
    assert.deepEqual(expectJson(await owner.get("/api/admin/settings")).upload_types, DEFAULT);
  });
}

check("an agent who is no owner does not change the list", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const answer = await elif.change("PUT", "/api/admin/settings", { ...settings, upload_types: ALL });
  expectProblem(answer, 403, "forbidden");
});
