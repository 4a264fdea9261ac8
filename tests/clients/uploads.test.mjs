import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { docx, odt, pdf, xlsx } from "../support/documents.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { gif, jpeg, png } from "../support/pictures.mjs";
import { Server } from "../support/server.mjs";
import * as uploads from "../support/uploads.mjs";

const { addressOf, file, send, sha256, storedFiles, storedPath, upload, uploadForm, uploadRows } = uploads;
const OFFICE = "application/vnd.openxmlformats-officedocument";

let server;
let owner;
let visitor;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
});
after(() => server.stop());

const words = (text) => Buffer.from(`${text}\nikinci satır: ğüşiöç\n`);

for (const [who, person] of [
  ["a visitor", () => visitor],
  ["an agent", () => owner],
]) {
  check(`${who} sends a file: the answer has exactly these fields, the link gives the same bytes`, async () => {
    const bytes = words(`sipariş listesi of ${who}`);
    const answer = expectJson(await send(server, person(), file("sipariş listesi.txt", bytes, "text/plain")), 201);
    assert.deepEqual(Object.keys(answer).sort(), ["id", "mime", "name", "size", "url"]);
    assert.match(answer.id, /^[A-Za-z0-9_-]{16}$/);
    assert.equal(answer.name, "sipariş listesi.txt");
    assert.match(answer.mime, /^text\/plain\b/);
    assert.equal(answer.size, bytes.length);
    assert.match(answer.url, new RegExp(`^/files/${answer.id}/[A-Za-z0-9._-]+\\?exp=\\d{13}&sig=[A-Za-z0-9_-]{16,}$`));
    const got = await get(server, answer.url);
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.bytes, bytes);
  });

  check(`${who} sends a picture: it has a size and a small copy of the same shape`, async () => {
    const answer = await upload(server, person(), "gül.jpg", jpeg(1200, 900), "image/jpeg");
    assert.deepEqual(Object.keys(answer).sort(), ["height", "id", "mime", "name", "size", "thumb_url", "url", "width"]);
    assert.deepEqual([answer.mime, answer.width, answer.height], ["image/jpeg", 1200, 900]);
    const stored = await get(server, answer.url);
    assert.equal(stored.bytes.length, answer.size, "the size is that of what is stored");
    const small = await get(server, answer.thumb_url);
    assert.equal(small.status, 200, small.text);
    assert.ok(small.bytes.length < stored.bytes.length);
  });
}

check("a page's own FormData is understood", async () => {
  const bytes = pdf();
  const answer = await uploadForm(server, visitor, "fiyat “listesi”.pdf", bytes, "application/pdf");
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  const uploaded = JSON.parse(text);
  assert.equal(uploaded.mime, "application/pdf");
  assert.equal(uploaded.name, "fiyat “listesi”.pdf");
  assert.deepEqual((await get(server, uploaded.url)).bytes, bytes);
});

check("the type is what the bytes are, whatever the name and the header say", async () => {
  for (const [name, bytes, mime] of [
    ["photo.txt", png(), "image/png"],
    ["song.mp3", jpeg(), "image/jpeg"],
    ["page.html", gif(), "image/gif"],
    ["picture.png", pdf(), "application/pdf"],
    ["picture.jpg", words("only words"), "text/plain"],
    ["words.txt", docx(), `${OFFICE}.wordprocessingml.document`],
    ["sheet.zip", xlsx(), `${OFFICE}.spreadsheetml.sheet`],
    ["letter.doc", odt(), "application/vnd.oasis.opendocument.text"],
  ]) {
    const answer = await upload(server, visitor, name, bytes, "application/x-nonsense");
    assert.equal(answer.mime.split(";")[0], mime, name);
    assert.notEqual(answer.name, name, "a name that does not fit gets the extension of the type");
    assert.ok(answer.name.startsWith(name.split(".")[0]), answer.name);
  }
});

check("what is sent whole is stored whole, under its hash, once, for its owner only", async () => {
  const bytes = words("aynı baytlar");
  const before = storedFiles(server);
  const [one, two] = [await upload(server, visitor, "bir.txt", bytes), await upload(server, owner, "iki.txt", bytes)];
  assert.notEqual(one.id, two.id);
  const fresh = storedFiles(server).filter((name) => !before.includes(name));
  assert.deepEqual(fresh, [addressOf(sha256(bytes))]);
  assert.deepEqual(readFileSync(storedPath(server, fresh[0])), bytes);
  for (const { id } of [one, two]) {
    const [row] = await uploadRows(server, `u.id = '${id}'`);
    assert.equal(row.sha256, sha256(bytes));
    assert.equal(row.size, bytes.length);
    assert.equal(row.message_id, null);
  }
});

check("every file and directory of the store is its owner's alone, and none is unfinished", () => {
  assert.deepEqual(storedFiles(server).filter((name) => name.startsWith("tmp/")), []);
  assert.ok(storedFiles(server).length > 10);
  for (const name of storedFiles(server)) {
    assert.equal(uploads.modeOf(storedPath(server, name)), 0o600, name);
    for (let dir = path.dirname(name); ; dir = path.dirname(dir)) {
      assert.equal(uploads.modeOf(storedPath(server, dir)), 0o700, dir);
      if (dir === ".") break;
    }
  }
});

check("what the rows say and what lies there is the same", async () => {
  assert.deepEqual(storedFiles(server), await uploads.filesOfRows(server));
  for (const { sha256: hash, size } of await uploadRows(server)) {
    const stored = readFileSync(storedPath(server, addressOf(hash)));
    assert.equal(sha256(stored), hash);
    assert.equal(stored.length, size);
    assert.equal(statSync(storedPath(server, addressOf(hash))).size, size);
  }
});

check("a large file arrives in pieces of any size", async () => {
  const bytes = Buffer.concat([pdf(), Buffer.alloc(5_000_000, "konusma ")]);
  for (const piece of [1_000_003, 65_536]) {
    const slow = await uploads.SlowUpload.open(server, visitor);
    await slow.begin("büyük.pdf");
    for (let at = 0; at < bytes.length; at += piece) await slow.write(bytes.subarray(at, at + piece));
    await slow.end();
    const answer = await slow.answer();
    assert.equal(answer.status, 201, answer.text);
    const { url, size } = JSON.parse(answer.text);
    assert.equal(size, bytes.length);
    assert.equal(sha256((await get(server, url)).bytes), sha256(bytes));
    slow.vanish();
  }
});

check("a body that comes byte by byte is the same body", async () => {
  const { body } = uploads.multipart([file("ağır.txt", "yavaş yavaş\r\n--değil\r\n")]);
  const slow = await uploads.SlowUpload.open(server, visitor, { length: body.length });
  for (const byte of body) await slow.write([byte]);
  const answer = await slow.answer();
  assert.equal(answer.status, 201, answer.text);
  assert.equal((await get(server, JSON.parse(answer.text).url)).text, "yavaş yavaş\r\n--değil\r\n");
  slow.vanish();
});

check("what people may send is public, and has the promised defaults", async () => {
  const { uploads: told } = expectJson(await get(server, "/api/info"));
  assert.deepEqual(told, { max_bytes: 25 * 1024 * 1024, types: ["images", "audio", "video", "pdf", "documents", "text"] });
});

check("the log knows neither names nor links", async () => {
  const answer = await upload(server, visitor, "gizli rapor.txt", words("gizli"));
  const log = readFileSync(path.join(server.dir, "logs", "app.log"), "utf8") + server.log.join("\n");
  for (const secret of ["gizli rapor", new URL(answer.url, server.url).searchParams.get("sig")]) assert.ok(!log.includes(secret), secret);
});
