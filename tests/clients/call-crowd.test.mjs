// Many calls at the same time, and a browser that does not read what it is sent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { authOf, endAllCalls, flushed, phoneOf } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { Wire } from "../support/wire.mjs";
import { offer, OFFER_SDP } from "../support/webrtc.mjs";

const CALLS = 100;
/** What may be on its way to one browser that does not read, with all that surrounds it. */
const GROWTH_BYTES = 24 * 1024 * 1024;
const SIGNALS = 3_000;
const LARGE = offer(`${OFFER_SDP}a=x:${"x".repeat(30_000)}\r\n`);

let server;
let owner;
beforeEach(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
afterEach(async () => {
  await endAllCalls();
  await server.stop();
});

const running = async () => expectJson(await get(server, "/debug/memory")).calls_running;

check(`${CALLS} visitors call at the same moment: each rings once, one is answered, all are over when they hang up`, async () => {
  const desk = await phoneOf(server, owner);
  const late = await newAgent(server, "elif", "Elif");
  const visitors = [];
  for (let i = 0; i < CALLS; i += 1) visitors.push(await newVisitor(server));
  const phones = await Promise.all(visitors.map((visitor) => phoneOf(server, visitor)));
  const ids = (await Promise.all(phones.map((phone) => phone.emit("call", { media: "audio" })))).map((ack) => expectOk(ack).call_id);
  assert.equal(new Set(ids).size, CALLS);
  const other = await phoneOf(server, late);
  await flushed(desk, other);
  for (const phone of [desk, other]) assert.deepEqual(phone.all("ring").map((r) => r.call_id).toSorted(), ids.toSorted());
  assert.equal(await running(), CALLS);
  expectOk(await other.emit("accept", { call_id: ids[0] }));
  for (const call_id of ids.slice(1, 10)) expectRefusal(await other.emit("accept", { call_id }), "in_call");
  await Promise.all(phones.map((phone, i) => phone.emit("hangup", { call_id: ids[i] })));
  assert.equal(await running(), 0);
  await eventually("a line for each", async () => {
    const [{ n }] = await query(server.database, "SELECT COUNT(DISTINCT message_id) AS n FROM calls WHERE ended_at IS NOT NULL");
    return n === CALLS;
  });
});

check("a side that does not read: what is sent to it is refused or it is dropped, memory stays, the other side and others go on", async () => {
  const visitor = await newVisitor(server);
  const tab = await phoneOf(server, visitor);
  const stuck = await Wire.open(server, { headers: { Cookie: owner.cookie } });
  await stuck.enter("/call", authOf(owner));
  const { call_id } = expectOk(await tab.emit("call", { media: "audio" }));
  expectOk(await stuck.event(1, JSON.stringify(["accept", { call_id }]), "/call"));
  const bystander = await phoneOf(server, await newVisitor(server));
  stuck.ws.pause();
  const resident = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;
  const before = resident();
  const codes = new Set();
  // 90 MB; the kernel's buffers take some 6 MB of it.
  for (let sent = 0; sent < SIGNALS; sent += 50) {
    const acks = await Promise.all(Array.from({ length: 50 }, () => tab.emit("signal", { call_id, ...LARGE })));
    for (const ack of acks) codes.add(ack.ok ? "ok" : ack.code);
    await flushed(bystander);
  }
  assert.deepEqual([...codes].filter((code) => !["ok", "rate_limited", "peer", "call"].includes(code)), []);
  assert.ok(codes.size > 1, "not all of it was taken");
  const grown = resident() - before;
  assert.ok(grown < GROWTH_BYTES, `grew by ${grown} bytes`);
  expectOk(await tab.emit("hangup", { call_id }));
  assert.equal(await running(), 0);
  stuck.close();
});
