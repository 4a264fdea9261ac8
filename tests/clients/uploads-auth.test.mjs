import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectProblem, request } from "../support/http.mjs";
import { newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { file, headersOf, kept, multipart, send, SlowUpload, storedFiles, upload } from "../support/uploads.mjs";

let server;
let owner;
let visitor;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
});
after(() => server.stop());

async function sendWith(headers, path = "/api/uploads") {
  const { type, body } = multipart([file("a.txt", "words")]);
  return request(server, "POST", path, { body, headers: { "Content-Type": type, ...headers } });
}

for (const [what, headers, status, code] of [
  ["nobody", async () => ({}), 401, "unauthorized"],
  ["a token that is none", async () => ({ Authorization: `Bearer ${"0".repeat(43)}` }), 401, "unauthorized"],
  ["an empty token", async () => ({ Authorization: "Bearer " }), 401, "unauthorized"],
  ["a token as a password", async () => ({ Authorization: `Basic ${visitor.token}` }), 401, "unauthorized"],
  ["a login cookie that is none", async () => ({ ...(await headersOf(server, owner)), Cookie: "konusma=nobody" }), 401, "unauthorized"],
  ["an agent without a CSRF token", async () => ({ Cookie: owner.cookie, Origin: server.url }), 400, "csrf"],
  ["an agent with a wrong CSRF token", async () => ({ ...(await headersOf(server, owner)), "X-CSRF-Token": "x".repeat(43) }), 400, "csrf"],
  ["an agent from a foreign page", async () => ({ ...(await headersOf(server, owner)), Origin: "https://evil.example" }), 403, "origin"],
  ["a visitor from a foreign page", async () => ({ Authorization: `Bearer ${visitor.token}`, Origin: "https://evil.example" }), 403, "origin"],
]) {
  check(`${what}: ${status} ${code}, and nothing is kept`, async () => {
    const before = await kept(server);
    expectProblem(await sendWith(await headers()), status, code);
    assert.deepEqual(await kept(server), before);
  });
}

check("a token in the address is none", async () => {
  const answer = await sendWith({}, `/api/uploads?token=${visitor.token}`);
  assert.ok(answer.status === 401 || answer.status === 400, `${answer.status} ${answer.text}`);
});

check("another agent's CSRF token does not do", async () => {
  const again = await signInAgain(owner);
  const { "X-CSRF-Token": csrf } = await headersOf(server, again);
  expectProblem(await sendWith({ ...(await headersOf(server, owner)), "X-CSRF-Token": csrf }), 400, "csrf");
});

check("a blocked visitor sends nothing, until he is let in again", async () => {
  const blocked = await newVisitor(server);
  await upload(server, blocked, "önce.txt", "önce");
  await owner.patch(blocked.room, { blocked: true });
  const before = await kept(server);
  expectProblem(await send(server, blocked, file("a.txt", "words")), 403, "blocked");
  assert.deepEqual(await kept(server), before);
  await owner.patch(blocked.room, { blocked: false });
  await upload(server, blocked, "sonra.txt", "sonra");
});

check("who is blocked while a file comes: it is not taken", async () => {
  const blocked = await newVisitor(server);
  const before = await kept(server);
  const slow = await SlowUpload.open(server, blocked);
  await slow.begin();
  await slow.write("words");
  await eventually("it is under way", () => storedFiles(server).some((name) => name.startsWith("tmp/")));
  await owner.patch(blocked.room, { blocked: true });
  await slow.end();
  expectProblem(await slow.answer(), 403, "blocked");
  slow.vanish();
  await eventually("nothing is left", async () => JSON.stringify(await kept(server)) === JSON.stringify(before));
});

check("who was erased sends nothing", async () => {
  const gone = await newVisitor(server);
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${gone.room}`)).status, 204);
  expectProblem(await send(server, gone, file("a.txt", "words")), 401, "unauthorized");
});

check("who signed out sends nothing", async () => {
  const again = await signInAgain(owner);
  await upload(server, again, "önce.txt", "önce");
  assert.equal((await again.change("POST", "/api/admin/logout")).status, 204);
  expectProblem(await send(server, again, file("a.txt", "words")), 401, "unauthorized");
});

check("only POST", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    expectProblem(await request(server, method, "/api/uploads", { headers: await headersOf(server, visitor) }), 405, "method_not_allowed");
  }
});
