// Nothing is served after its message or person was deleted, and nothing is kept that nobody sent.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { png } from "../support/pictures.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { addressOf, filesOfRows, kept, sendMessage, sha256, SlowUpload, storedFiles, upload, uploadRows } from "../support/uploads.mjs";

/** The sweep after a start: soon, not at once. */
const SWEPT_MS = 30_000;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

const erase = async (room) => assert.equal((await owner.change("DELETE", `/api/admin/sessions/${room}`)).status, 204);

/** A visitor who sent these files. */
async function sender(...files) {
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  const uploads = [];
  for (const [name, bytes] of files) {
    const uploaded = await upload(server, visitor, name, bytes);
    assert.equal((await sendMessage(phone, uploaded)).ok, true);
    uploads.push(uploaded);
  }
  phone.close();
  return { visitor, uploads };
}

check("erasing a thread: its files, small copies and agents' answers are gone from every link and from the disk", async () => {
  const { visitor, uploads } = await sender(["gül.png", png(900, 700)], ["liste.txt", "silinecek liste"]);
  const answer = await upload(server, owner, "yanıt.txt", "silinecek yanıt");
  const desk = await agentSocket(server, owner);
  assert.equal((await sendMessage(desk, answer, { room: visitor.room })).ok, true);
  const waiting = await upload(server, visitor, "gönderilmedi.txt", "daha gönderilmedi");
  const links = [...uploads, answer, waiting].flatMap((u) => [u.url, u.thumb_url]).filter(Boolean);
  for (const link of links) assert.equal((await get(server, link)).status, 200);
  const hashes = (await uploadRows(server)).flatMap((r) => [r.sha256, r.thumb_sha256]).filter(Boolean);
  assert.ok(hashes.length >= links.length);
  await erase(visitor.room);
  for (const link of links) expectProblem(await get(server, link), 404, "not_found");
  assert.deepEqual(await uploadRows(server), []);
  await eventually("the files are gone", () => storedFiles(server).length === 0);
});

check("the same bytes in two threads: each goes with its own", async () => {
  const bytes = "ikisinde de var";
  const [one, two] = [await sender(["bir.txt", bytes]), await sender(["iki.txt", bytes])];
  await erase(one.visitor.room);
  expectProblem(await get(server, one.uploads[0].url), 404, "not_found");
  assert.equal((await get(server, two.uploads[0].url)).text, bytes);
  assert.deepEqual(storedFiles(server), [addressOf(sha256(bytes))]);
  await erase(two.visitor.room);
  expectProblem(await get(server, two.uploads[0].url), 404, "not_found");
  await eventually("the file is gone", () => storedFiles(server).length === 0);
});

check("the same bytes come again after they were erased", async () => {
  const bytes = "gitti, geri geldi";
  for (let round = 0; round < 5; round += 1) {
    const { visitor, uploads } = await sender(["a.txt", bytes]);
    assert.equal((await get(server, uploads[0].url)).text, bytes);
    await erase(visitor.room);
  }
  const { uploads } = await sender(["a.txt", bytes]);
  assert.equal((await get(server, uploads[0].url)).text, bytes);
});

check("erased while others send the same bytes: whoever was told 201 has the file", async () => {
  const bytes = "herkes aynı anda";
  const people = [];
  for (let i = 0; i < 12; i += 1) people.push(await newVisitor(server));
  const done = await Promise.all(
    people.map(async (visitor, i) => {
      const uploaded = await upload(server, visitor, `${i}.txt`, bytes);
      if (i % 2) await erase(visitor.room);
      return uploaded;
    }),
  );
  for (const [i, { url }] of done.entries()) {
    const answer = await get(server, url);
    if (i % 2) expectProblem(answer, 404, "not_found");
    else assert.equal(answer.text, bytes, `${i}: ${answer.status}`);
  }
});

check("erased while it is coming: refused as somebody unknown, and nothing is left", async () => {
  const before = await kept(server);
  for (const bytes of [Buffer.from("words and words"), png(200, 100)]) {
    const visitor = await newVisitor(server);
    const slow = await SlowUpload.open(server, visitor);
    await slow.begin();
    await slow.write(bytes.subarray(0, 10));
    await eventually("it is under way", () => storedFiles(server).some((name) => name.startsWith("tmp/")));
    await erase(visitor.room);
    await slow.write(bytes.subarray(10));
    await slow.end();
    expectProblem(await slow.answer(), 401, "unauthorized");
    slow.vanish();
  }
  await eventually("nothing is left", async () => JSON.stringify(await kept(server)) === JSON.stringify(before));
});

check("an export names what was sent", async () => {
  const { visitor } = await sender(["kırık vazo.png", png()], ["liste.txt", "dışa aktar"]);
  const exported = expectJson(await owner.get(`/api/admin/sessions/${visitor.room}/export`));
  const messages = exported.messages;
  assert.deepEqual(messages.map((m) => [m.kind, m.upload.name]), [["image", "kırık vazo.png"], ["file", "liste.txt"]]);
});

check("after a start: unfinished files and files of nobody are gone; what has a row is there, sent or not", async () => {
  const { uploads } = await sender(["kalan.png", png(300, 200)], ["kalan.txt", "kalan"]);
  const visitor = await newVisitor(server);
  const waiting = await upload(server, visitor, "yeni.txt", "daha gönderilmedi");
  const { dir, port } = server;
  await server.stop();
  const root = path.join(dir, "uploads");
  mkdirSync(path.join(root, "ab"), { recursive: true });
  mkdirSync(path.join(root, "tmp"), { recursive: true });
  // As a kill between the renaming and the row leaves it; long ago, so that it is nobody's who sends now.
  const orphan = path.join(root, "ab", "c".repeat(62));
  writeFileSync(orphan, "nobody's");
  writeFileSync(path.join(root, "tmp", "half"), "half a file");
  execFileSync("touch", ["-d", "2 days ago", orphan, path.join(root, "tmp", "half")]);
  server = await Server.start({ dir, port });
  owner.server = server;
  assert.deepEqual(storedFiles(server).filter((name) => name.startsWith("tmp/")), [], "at once");
  await eventually("the files are those of the rows", async () => JSON.stringify(storedFiles(server)) === JSON.stringify(await filesOfRows(server)), SWEPT_MS);
  assert.ok(!storedFiles(server).includes(path.relative(root, orphan)));
  for (const { url, thumb_url } of [...uploads, waiting]) {
    assert.equal((await get(server, url)).status, 200);
    if (thumb_url) assert.equal((await get(server, thumb_url)).status, 200);
  }
});
