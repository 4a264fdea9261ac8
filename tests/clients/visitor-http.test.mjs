import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem, get, post, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server, { business_name: "Yılmaz Çiçekçilik" });
});
after(() => server.stop());

check("a session has a room, a token and the name", async () => {
  const answer = expectJson(await post(server, "/api/session", { name: "  Ayşe  " }), 201);
  assert.deepEqual(Object.keys(answer).sort(), ["name", "room", "token"]);
  assert.match(answer.room, /^\S{16}$/);
  assert.equal(answer.name, "Ayşe");
  assert.ok(answer.token.length >= 22, "at least 128 bits");
  const other = await newVisitor(server);
  assert.notEqual(other.room, answer.room);
  assert.notEqual(other.token, answer.token);
});

check("what the visitor told about himself reaches the agents", async () => {
  const told = {
    name: "Zeynep Şahin",
    email: "zeynep@example.org",
    locale: "tr-TR",
    page_url: "https://shop.example/güller?id=1",
    referrer: "https://search.example/",
  };
  const { room } = expectJson(await post(server, "/api/session", told), 201);
  const thread = await owner.thread(room);
  for (const [field, value] of Object.entries(told)) assert.equal(thread[field], value, field);
});

for (const [what, fields, field] of [
  ["an empty name", { name: "" }, "name"],
  ["a blank name", { name: "   " }, "name"],
  ["a name of 81 characters", { name: "ş".repeat(81) }, "name"],
  ["an e-mail address that is none", { name: "A", email: "yok" }, "email"],
  ["a page that is no web address", { name: "A", page_url: "javascript:alert(1)" }, "page_url"],
]) {
  check(`${what} is refused, naming the field`, async () => {
    const problem = expectProblem(await post(server, "/api/session", fields), 400, "invalid_field");
    assert.equal(problem.field, field);
  });
}

check("a name of 80 characters is welcome", async () => {
  const name = "ş".repeat(80);
  assert.equal((await newVisitor(server, { name })).name, name);
});

for (const [what, body] of [
  ["an unknown field", '{"name":"A","admin":true}'],
  ["no name", "{}"],
  ["a name that is a number", '{"name":7}'],
  ["broken JSON", '{"name":'],
  ["a list", "[]"],
  ["nothing", ""],
  ["two values", '{"name":"A"}{"name":"B"}'],
]) {
  check(`a body with ${what} is refused: invalid_body`, async () => {
    const answer = await request(server, "POST", "/api/session", { body, headers: { "Content-Type": "application/json" } });
    expectProblem(answer, 400, "invalid_body");
  });
}

check("other content types are refused", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", undefined]) {
    const headers = type ? { "Content-Type": type } : {};
    expectProblem(await request(server, "POST", "/api/session", { body: '{"name":"A"}', headers }), 415, "unsupported_media_type");
  }
});

check("a body over 64 KiB is refused", async () => {
  const body = JSON.stringify({ name: "A", referrer: "x".repeat(70_000) });
  const answer = await request(server, "POST", "/api/session", { body, headers: { "Content-Type": "application/json" } });
  expectProblem(answer, 413, "payload_too_large");
});

check("messages need the token, in the header", async () => {
  const { token } = await newVisitor(server);
  expectProblem(await get(server, "/api/messages"), 401, "unauthorized");
  expectProblem(await get(server, "/api/messages", { bearer: "0".repeat(43) }), 401, "unauthorized");
  expectProblem(await get(server, "/api/messages", { headers: { Authorization: `Basic ${token}` } }), 401, "unauthorized");
  const inUrl = await get(server, `/api/messages?token=${token}`);
  assert.ok(inUrl.status === 401 || inUrl.status === 400, `${inUrl.status}`);
  assert.deepEqual(expectJson(await get(server, "/api/messages", { bearer: token })), { messages: [], more: false });
});

check("an unknown path and a wrong method say so", async () => {
  expectProblem(await get(server, "/api/nothing"), 404, "not_found");
  expectProblem(await get(server, "/api/session"), 405, "method_not_allowed");
  expectProblem(await request(server, "DELETE", "/api/messages"), 405, "method_not_allowed");
});

check("the page's information about the business is public and complete", async () => {
  const info = expectJson(await get(server, "/api/info"));
  assert.equal(info.business_name, "Yılmaz Çiçekçilik");
  assert.equal(info.agents_online, 0);
  assert.deepEqual(Object.keys(info.greeting).sort(), ["en", "tr"]);
  assert.equal(info.version, server.version);
  for (const field of ["accent", "typical_reply_ms", "hours"]) assert.ok(field in info, field);
});

check("health is short and says how long", async () => {
  const health = expectJson(await get(server, "/health"));
  assert.equal(health.ok, true);
  assert.equal(health.status, "healthy");
  assert.equal(health.version, server.version);
  assert.ok(health.uptime_ms >= 0);
});

check("memory is shown in development", async () => {
  const memory = expectJson(await get(server, "/debug/memory"));
  assert.ok(memory.rss_mb > 1 && memory.rss_mb < 500, `${memory.rss_mb}`);
  assert.ok(Number.isInteger(memory.room_state_size));
  assert.ok(Array.isArray(memory.rooms));
});
