import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, get, post } from "../support/http.mjs";
import { Agent, loginCookie } from "../support/people.mjs";
import { command, Server } from "../support/server.mjs";

let server;
before(async () => {
  server = await Server.start({ env: {}, demo: true });
});
after(() => server.stop());

check("demo, demo, demo signs in and finds sample chats", async () => {
  const step = expectJson(await post(server, "/api/admin/login", { username: "demo", password: "demo" }));
  assert.equal(step.channel, "demo");
  const done = await post(server, "/api/admin/otp", { challenge: step.challenge, code: "demo" });
  assert.equal(done.status, 204, done.text);
  const agent = new Agent(server, { username: "demo" });
  agent.cookie = loginCookie(done);
  assert.equal((await agent.me()).demo, true);
  const { sessions } = expectJson(await agent.get("/api/admin/sessions"));
  assert.ok(sessions.length >= 2);
  assert.ok((await agent.transcript(sessions[0].room)).length > 0);
});

check("it listens on this machine only", async () => {
  assert.equal(new URL(server.url).hostname, "127.0.0.1");
  assert.equal((await get(server, "/health")).status, 200);
});

check("it cannot be made to listen elsewhere", async () => {
  const { code, stderr } = await command(["serve", "--demo", "--port", "0", "--host", "0.0.0.0"]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /demo/);
});
