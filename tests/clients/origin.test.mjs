import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectProblem, get, post } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { Wire } from "../support/wire.mjs";

const SHOP = "https://shop.example";
const POLLING = "/socket.io/?EIO=4&transport=polling";

const STRANGERS = [
  "https://evil.example",
  "https://shop.example.evil.example",
  "https://evilshop.example",
  "https://shop.example:8443",
  "http://shop.example",
  "null",
];

let server;
before(async () => {
  server = await Server.start({
    env: { KONUSMA_ENV: "development", KONUSMA_RATE_LIMITS: "off", ALLOWED_ORIGINS: SHOP },
  });
});
after(() => server.stop());

for (const origin of STRANGERS) {
  check(`${origin} gets neither polling, WebSocket nor a session`, async () => {
    expectProblem(await get(server, POLLING, { headers: { Origin: origin } }), 403, "origin");
    await assert.rejects(Wire.open(server, { headers: { Origin: origin } }), { status: 403 });
    const answer = await post(server, "/api/session", { name: "Ayşe" }, { headers: { Origin: origin } });
    expectProblem(answer, 403, "origin");
  });
}

check("the named site, our own pages and programs without an Origin are welcome", async () => {
  for (const headers of [{ Origin: SHOP }, { Origin: server.url }, {}]) {
    assert.equal((await get(server, POLLING, { headers })).status, 200, JSON.stringify(headers));
    (await Wire.open(server, { headers })).close();
    assert.equal((await post(server, "/api/session", { name: "Ayşe" }, { headers })).status, 201);
  }
});

check("a stranger cannot go on with a polling session that somebody else opened", async () => {
  const { token } = await newVisitor(server);
  const { sid } = JSON.parse((await get(server, POLLING)).text.slice(1));
  const answer = await post(server, `${POLLING}&sid=${sid}`, undefined, {
    body: `40/chat,${JSON.stringify({ token })}`,
    headers: { Origin: "https://evil.example", "Content-Type": "text/plain" },
  });
  expectProblem(answer, 403, "origin");
});

check("an agent's cookie sent by a foreign page opens nothing", async () => {
  const owner = await newOwner(server);
  const headers = { Origin: "https://evil.example", Cookie: owner.cookie };
  await assert.rejects(Wire.open(server, { headers }), { status: 403 });
});
