import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectProblem, get, post } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { freePort, Server } from "../support/server.mjs";
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
let owner;
before(async () => {
  server = await Server.start({
    env: { KONUSMA_ENV: "development", KONUSMA_RATE_LIMITS: "off", ALLOWED_ORIGINS: SHOP },
  });
  owner = await newOwner(server);
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
  const headers = { Origin: "https://evil.example", Cookie: owner.cookie };
  await assert.rejects(Wire.open(server, { headers }), { status: 403 });
});

check("no spelling of a path goes round it", async () => {
  const headers = { Origin: "https://evil.example" };
  for (const path of ["/api/info", "//api/info", "/%61pi/info", "/api//info", "/./api/info", "/socket.io//?EIO=4&transport=polling"]) {
    const answer = await get(server, path, { headers });
    assert.ok(answer.status === 403 || answer.status === 404, `${path}: ${answer.status}`);
  }
});

check("a page of the named site cannot act as an agent with the agent's cookie", async () => {
  const wire = await Wire.open(server, { headers: { Origin: SHOP, Cookie: owner.cookie } });
  wire.send('40/chat,{"role":"agent"}');
  const answer = await wire.next((p) => /^4[04]/.test(p));
  assert.match(answer, /^44\/chat,.*"code":"login"/);
  wire.close();
});

check("our own origin is the public one, not whatever name the request came under", async () => {
  const known = await Server.start({
    port: await freePort(),
    env: { KONUSMA_ENV: "development", KONUSMA_RATE_LIMITS: "off", KONUSMA_PUBLIC_URL: "https://chat.example" },
  });
  const from = (headers) => post(known, "/api/session", { name: "Ayşe" }, { headers });
  expectProblem(await from({ Host: "evil.example", Origin: "http://evil.example" }), 403, "origin");
  assert.equal((await from({ Host: "chat.example", Origin: "https://chat.example" })).status, 201);
  await known.stop();
});
