// What is written down of a call while it goes on, and the notices for somebody's pocket.
import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";

import { expectOk } from "../support/acks.mjs";
import { accepted, callRow, connected, endAllCalls, endedRow, hangUp, noticesOf, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually } from "../support/deadline.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

const RING_MS = 45_000;

let server;
let owner;
let visitor;
beforeEach(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
});
afterEach(async () => {
  await endAllCalls();
  await server.stop();
});

const notices = () => query(server.database, "SELECT o.id, o.kind, o.chat_session_id, o.call_id, o.created_at, o.expires_at, s.room FROM outbox o JOIN chat_sessions s ON s.id = o.chat_session_id ORDER BY o.id");
const become = (call_id, kinds) => eventually(`notices ${kinds}`, async () => `${await noticesOf(server, call_id)}` === `${kinds}`);

check("the ack of a call means: the call and its notice are on disk", async () => {
  const phone = await phoneOf(server, visitor);
  const began = Date.now();
  const { call_id } = expectOk(await phone.emit("call", { media: "video" }));
  const row = await callRow(server, call_id);
  const { started_at, seen_at, chat_session_id, ...rest } = row;
  assert.deepEqual(rest, {
    id: call_id, room: visitor.room, message_id: null, caller: "visitor", agent_id: null, media: "video",
    answered_at: null, connected_at: null, ended_at: null, reason: null, duration_ms: 0,
  });
  assert.ok(started_at >= began && started_at <= Date.now() && seen_at >= started_at);
  const [{ id: _, created_at, expires_at, ...notice }, ...others] = await notices();
  assert.deepEqual(others, []);
  assert.deepEqual(notice, { kind: "call_incoming", chat_session_id, call_id, room: visitor.room });
  assert.ok(created_at >= began && created_at <= Date.now());
  assert.equal(expires_at - created_at, RING_MS, "worth telling as long as it rings");
  expectOk(await phone.emit("hangup", { call_id }));
});

check("a call that was not answered: incoming becomes missed", async () => {
  const call = await ringing(server, { visitor, agent: owner });
  await hangUp(call);
  await become(call.call_id, ["call_missed"]);
  const [missed] = await notices();
  assert.ok(missed.expires_at > Date.now() + 24 * 3_600_000, "worth telling for days");
});

check("a call that an agent declined was not answered either", async () => {
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await call.agent.emit("decline", { call_id: call.call_id }));
  await become(call.call_id, ["call_missed"]);
});

check("a call that nobody could take was missed, too", async () => {
  await accepted(server, { visitor: await newVisitor(server), agent: owner });
  const phone = await phoneOf(server, visitor);
  const { call_id } = expectOk(await phone.emit("call", { media: "audio" }));
  assert.equal((await endedRow(server, call_id)).reason, "busy");
  await become(call_id, ["call_missed"]);
});

check("an answered call: its notice is taken back, and there is none when it is over", async () => {
  const call = await connected(server, { visitor, agent: owner });
  await become(call.call_id, []);
  await hangUp(call);
  await endedRow(server, call.call_id);
  assert.deepEqual(await notices(), []);
});

check("a call that failed after it was answered is no missed one", async () => {
  const call = await accepted(server, { visitor, agent: owner });
  await hangUp(call, { failed: true });
  await endedRow(server, call.call_id);
  assert.deepEqual(await notices(), []);
});

check("an agent's calls tell nobody's pocket, however they end", async () => {
  const desk = await phoneOf(server, owner);
  const tab = await phoneOf(server, visitor);
  const people = { visitor: tab, agent: desk, room: visitor.room, by: "agent" };
  const missed = await ringing(server, people);
  assert.deepEqual(await notices(), []);
  await hangUp(missed);
  await endedRow(server, missed.call_id);
  const talked = await connected(server, people);
  await hangUp(talked);
  const declined = await ringing(server, people);
  expectOk(await tab.emit("decline", { call_id: declined.call_id }));
  await endedRow(server, declined.call_id);
  assert.deepEqual(await notices(), []);
  const { id } = await owner.me();
  assert.equal((await callRow(server, declined.call_id)).agent_id, id);
});

check("notices go with the person", async () => {
  const other = await newVisitor(server);
  const [mine, his] = [await ringing(server, { visitor, agent: owner }), await ringing(server, { visitor: other, agent: owner })];
  await hangUp(mine);
  await become(mine.call_id, ["call_missed"]);
  const again = await ringing(server, { visitor: mine.visitor, agent: mine.agent, room: visitor.room });
  assert.equal((await notices()).length, 3);
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
  assert.deepEqual((await notices()).map((n) => [n.kind, n.call_id]), [["call_incoming", his.call_id]]);
  for (const { call_id } of [mine, again]) assert.equal(await callRow(server, call_id), undefined);
});

check("an erased thread whose call still rings gets no notice afterwards", async () => {
  const call = await ringing(server, { visitor, agent: owner });
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
  await call.agent.next("ended");
  // Behind whatever the end would have written.
  const other = await ringing(server, { visitor: await newVisitor(server), agent: call.agent });
  await hangUp(other);
  await endedRow(server, other.call_id);
  assert.deepEqual((await notices()).map((n) => n.call_id), [other.call_id]);
});

check("each call has its row, its one line and its own end", async () => {
  const [tab, desk] = [await phoneOf(server, visitor), await phoneOf(server, owner)];
  for (let i = 0; i < 20; i += 1) {
    const call = await ringing(server, { visitor: tab, agent: desk, room: visitor.room, by: i % 2 ? "agent" : "visitor" });
    await hangUp(call);
    await endedRow(server, call.call_id);
  }
  const rows = await query(server.database, "SELECT c.id, c.message_id, m.kind FROM calls c LEFT JOIN messages m ON m.id = c.message_id");
  assert.equal(rows.length, 20);
  assert.equal(new Set(rows.map((r) => r.message_id)).size, 20);
  assert.ok(rows.every((r) => r.kind === "call"));
  assert.equal((await query(server.database, "SELECT COUNT(*) AS n FROM messages"))[0].n, 20);
});
