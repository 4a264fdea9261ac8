// Bodies that are no upload, and files that are not taken: each with its own code, none leaves anything.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { zip } from "../support/documents.mjs";
import { expectProblem, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { jpeg, png } from "../support/pictures.mjs";
import { Server } from "../support/server.mjs";
import { file, headersOf, kept, multipart, send, SlowUpload, upload } from "../support/uploads.mjs";

let server;
let owner;
let visitor;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
  await upload(server, visitor, "vardı.txt", "already there");
});
after(() => server.stop());

async function sendBody(who, type, body) {
  const headers = { ...(type ? { "Content-Type": type } : {}), ...(await headersOf(server, who)) };
  return request(server, "POST", "/api/uploads", { body, headers });
}

const words = file("a.txt", "words");
const { type: TYPE, body: BODY } = multipart([words]);
const part = (head, bytes = "words") => multipart([{ head, bytes }]).body;

for (const [what, type, body, status, code] of [
  ["no body", TYPE, "", 400, "invalid_body"],
  ["no part at all", TYPE, multipart([]).body, 400, "invalid_body"],
  ["a part of another name", TYPE, multipart([{ ...words, name: "photo" }]).body, 400, "invalid_body"],
  ["a part without a name", TYPE, part('Content-Disposition: form-data; filename="a.txt"'), 400, "invalid_body"],
  ["a part without a file name", TYPE, multipart([{ name: "file", bytes: "words" }]).body, 400, "invalid_body"],
  ["a part without any header", TYPE, part("X-Nothing: 1"), 400, "invalid_body"],
  ["two files", TYPE, multipart([words, words]).body, 400, "invalid_body"],
  ["a field before the file", TYPE, multipart([{ name: "room", bytes: "x" }, words]).body, 400, "invalid_body"],
  ["a field after the file", TYPE, multipart([words, { name: "room", bytes: "x" }]).body, 400, "invalid_body"],
  ["a body without its end", TYPE, multipart([words], { end: false }).body, 400, "invalid_body"],
  ["half a body", TYPE, BODY.subarray(0, BODY.length / 2), 400, "invalid_body"],
  ["words that are no multipart body", TYPE, "just some words", 400, "invalid_body"],
  ["another boundary than announced", "multipart/form-data; boundary=other", BODY, 400, "invalid_body"],
  ["no boundary", "multipart/form-data", BODY, [400, 415], undefined],
  ["JSON", "application/json", '{"file":"x"}', 415, "unsupported_media_type"],
  ["the bytes alone", "image/png", png(), 415, "unsupported_media_type"],
  ["multipart/mixed", TYPE.replace("form-data", "mixed"), BODY, 415, "unsupported_media_type"],
  ["a form without files", "application/x-www-form-urlencoded", "file=words", 415, "unsupported_media_type"],
  ["no content type", undefined, BODY, 415, "unsupported_media_type"],
  ["an empty file", TYPE, multipart([file("empty.txt", "")]).body, 400, "empty_file"],
  ["an empty file without a name", TYPE, multipart([file("", "")]).body, undefined, undefined],
]) {
  check(`${what}: ${code ?? "refused"}`, async () => {
    const before = await kept(server);
    for (const who of [visitor, owner]) {
      const answer = await sendBody(who, type, body);
      if (code) expectProblem(answer, status, code);
      else {
        assert.ok([status ?? 400].flat().includes(answer.status), `${answer.status} ${answer.text}`);
        expectProblem(answer, answer.status, JSON.parse(answer.text).code);
      }
    }
    assert.deepEqual(await kept(server), before);
  });
}

for (const [what, name, bytes, status, code] of [
  ["an archive, which the owner did not allow", "a.zip", zip([["a.txt", "words"]]), 415, "file_type"],
  ["a web page", "a.html", "<!DOCTYPE html><script>alert(1)</script>", 415, "file_type"],
  ["a drawing that can run script", "a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 415, "file_type"],
  ["bytes that nobody knows", "a.bin", Buffer.from([0, 1, 2, 3, 0xff, 0xfe, 0xfd, 0, 7]), 415, "file_type"],
  ["a program", "a.txt", Buffer.concat([Buffer.from("7f454c4602010100", "hex"), Buffer.alloc(200)]), 415, "file_type"],
  ["half a picture", "a.png", png(800, 600).subarray(0, 2000), 422, "image_broken"],
  ["a picture of which only the first bytes are left", "a.jpg", jpeg().subarray(0, 20), 422, "image_broken"],
]) {
  check(`${what}: ${code}`, async () => {
    const before = await kept(server);
    for (const who of [visitor, owner]) expectProblem(await send(server, who, file(name, bytes)), status, code);
    assert.deepEqual(await kept(server), before);
  });
}

check("after a refusal the connection is of use, or closed", async () => {
  const slow = await SlowUpload.open(server, visitor, { length: BODY.length, headers: { "Content-Type": "text/plain" } });
  await slow.write(BODY);
  assert.equal((await slow.answer()).status, 415);
  slow.vanish();
  await upload(server, visitor, "sonra.txt", "sonra");
});

check("the reason is one sentence without anything internal", async () => {
  for (const answer of [
    await sendBody(visitor, TYPE, "just some words"),
    await send(server, visitor, file("a.png", png().subarray(0, 100))),
    await send(server, visitor, file("a.zip", zip([["a.txt", "words"]]))),
  ]) {
    const { detail } = JSON.parse(answer.text);
    assert.ok(detail.length < 200 && !/multer|panick|src\/|\/tmp|uploads\/|Error\(|::/.test(detail), detail);
  }
});
