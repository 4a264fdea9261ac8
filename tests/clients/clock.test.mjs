// The clock that other tests put forward: there in development, on the same machine, and nowhere else.
import assert from "node:assert/strict";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem, post } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";

const DAY_MS = 86_400_000;

check("what is stored after an advance is from then, and what expires in between has expired", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const phone = await visitorSocket(server, await newVisitor(server));
  const before = await phone.say("bugün");
  const { now } = expectJson(await post(server, "/debug/clock", { advance_ms: DAY_MS }));
  assert.ok(now >= before.at + DAY_MS, `${now}`);
  const after = await phone.say("yarın");
  assert.ok(after.at >= now && after.at < now + 60_000, `${after.at}`);
  // A login that nobody uses for two weeks ends; this one was just used.
  expectJson(await post(server, "/debug/clock", { advance_ms: 12 * DAY_MS }));
  assert.equal((await owner.get("/api/admin/me")).status, 200);
  expectJson(await post(server, "/debug/clock", { advance_ms: 15 * DAY_MS }));
  expectProblem(await owner.get("/api/admin/me"), 401, "unauthorized");
  await server.stop();
});

check("it goes forward only, by a number", async () => {
  const server = await Server.start();
  for (const json of [{ advance_ms: -1 }, { advance_ms: "1" }, { advance_ms: 0.5 }, {}]) {
    expectProblem(await post(server, "/debug/clock", json), 400, "invalid_body");
  }
  await server.stop();
});

check("in production, or from elsewhere, there is nothing here", async () => {
  const production = await Server.start({ env: {} });
  expectProblem(await post(production, "/debug/clock", { advance_ms: 1 }), 404, "not_found");
  await production.stop();
  const env = { KONUSMA_ENV: "development", KONUSMA_TRUSTED_PROXIES: "127.0.0.0/8" };
  const behindProxy = await Server.start({ env });
  const headers = { "X-Forwarded-For": "192.0.2.1" };
  expectProblem(await post(behindProxy, "/debug/clock", { advance_ms: 1 }, { headers }), 404, "not_found");
  await behindProxy.stop();
});
