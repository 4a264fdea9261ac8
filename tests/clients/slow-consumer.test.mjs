import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before } from "node:test";

import { check } from "../support/check.mjs";
import { get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, closeAllSockets, visitorSocket } from "../support/sockets.mjs";
import { Wire } from "../support/wire.mjs";

// Far more than the kernel's buffers of one loopback connection take (some 6 MB), so the rest would pile up in the server.
const MESSAGES = 4000;
const WORDS = "ğ".repeat(4000);
// The server may keep its bounded queue and its caches; 32 MB of unread messages must not show.
const GROWTH_BYTES = 24 * 1024 * 1024;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());
afterEach(closeAllSockets);

function residentBytes() {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"));
  return Number(kib) * 1024;
}

check(
  "a visitor who does not read is dropped; the others do not notice",
  async () => {
    const visitor = await newVisitor(server);
    const agent = await agentSocket(server, owner);
    const stuck = await Wire.chat(server, { token: visitor.token });
    const bystander = await visitorSocket(server, await newVisitor(server));
    await agent.next("presence", (p) => p.room === visitor.room && p.visitor_online);
    stuck.ws.pause();
    const before = residentBytes();
    let slowest = 0;
    for (let sent = 0; sent < MESSAGES; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => agent.say(WORDS, { room: visitor.room })));
      const asked = Date.now();
      await bystander.say("ben de buradayım");
      slowest = Math.max(slowest, Date.now() - asked);
    }
    assert.ok(slowest < 1000, `a bystander's ack took ${slowest} ms`);
    // Nothing was read on his side, so only the server can have ended it.
    await agent.next("presence", (p) => p.room === visitor.room && p.visitor_online === false);
    const grown = residentBytes() - before;
    assert.ok(grown < GROWTH_BYTES, `grew by ${grown} bytes`);
    stuck.ws.resume();
    await stuck.closed;
    const last = await agent.say("son", { room: visitor.room });
    const back = await visitorSocket(server, visitor, { lastId: last.id - 1 });
    assert.equal((await back.nextMessage("son")).id, last.id);
    const thread = await owner.thread(visitor.room);
    assert.equal(thread.last.id, last.id);
  },
  { timeout: 120_000 },
);

check(
  "an agent who does not read is dropped, too",
  async () => {
    const visitor = await newVisitor(server);
    const phone = await visitorSocket(server, visitor);
    const stuck = await Wire.chat(server, { role: "agent" }, { headers: { Cookie: owner.cookie } });
    await phone.next("presence", (p) => p.agents_online === 1);
    stuck.ws.pause();
    const before = residentBytes();
    for (let sent = 0; sent < MESSAGES; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => phone.say(WORDS)));
    }
    await phone.next("presence", (p) => p.agents_online === 0);
    const grown = residentBytes() - before;
    assert.ok(grown < GROWTH_BYTES, `grew by ${grown} bytes`);
    stuck.ws.resume();
    await stuck.closed;
  },
  { timeout: 120_000 },
);

check(
  "who reads too late finds no hole: what came is the beginning, the rest comes with last_id",
  async () => {
    const visitor = await newVisitor(server);
    const agent = await agentSocket(server, owner);
    const late = await Wire.chat(server, { token: visitor.token });
    late.ws.pause();
    const sent = [];
    for (let i = 0; i < MESSAGES; i += 50) {
      const acks = await Promise.all(Array.from({ length: 50 }, () => agent.say(WORDS, { room: visitor.room })));
      sent.push(...acks.map((a) => a.id));
    }
    late.ws.resume();
    await late.closed;
    const came = late.packets.filter((p) => p.startsWith('42/chat,["message"')).map((p) => JSON.parse(p.slice(8))[1].id);
    assert.ok(came.length > 0 && came.length < sent.length, `${came.length}`);
    assert.deepEqual(came, sent.slice(0, came.length));
    const back = await visitorSocket(server, visitor, { lastId: came.at(-1) });
    await back.next("presence");
    assert.deepEqual([...came, ...back.all("message").map((m) => m.id)], sent);
  },
  { timeout: 120_000 },
);

for (const [what, prepare, packet] of [
  ["answers to unknown namespaces", async () => {}, (i) => `40/${"x".repeat(60_000)}${i},{}`],
  [
    "pages of history",
    async (visitor) => {
      const phone = await visitorSocket(server, visitor);
      await Promise.all(Array.from({ length: 100 }, () => phone.say("😀".repeat(2000))));
      phone.close();
    },
    (i) => `42/chat,${i}["history",{"limit":100}]`,
  ],
]) {
  check(`who asks and asks for ${what} and does not read costs no memory`, async () => {
    const visitor = await newVisitor(server);
    await prepare(visitor);
    const before = residentBytes();
    const greedy = [];
    for (let i = 0; i < 5; i += 1) {
      const wire = await Wire.chat(server, { token: visitor.token });
      wire.ws.on("error", () => {});
      wire.ws.pause();
      greedy.push(wire);
    }
    for (let i = 0; i < 200; i += 1) {
      for (const wire of greedy) wire.send(packet(i));
      if (i % 20 === 0) assert.equal((await get(server, "/health")).status, 200);
    }
    const bystander = await visitorSocket(server, await newVisitor(server));
    await bystander.say("hâlâ cevap veriyor");
    const grown = residentBytes() - before;
    assert.ok(grown < GROWTH_BYTES, `grew by ${grown} bytes`);
    for (const wire of greedy) wire.close();
  });
}
