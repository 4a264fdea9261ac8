// Everybody is in one call at a time. A desk of its own for each test: who is online decides what happens.
import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, endAllCalls, endedRow, endOf, flushed, hangUp, namesHeard, phoneOf, ringing, SIDES } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

const GLARES = 30;

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

const join = (person, options) => phoneOf(server, person, options);

check("all agents who are here are in calls: busy, right after the ack, and nobody's browser rings", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const calls = [
    await accepted(server, { visitor: await newVisitor(server), agent: owner, by: "agent" }),
    await accepted(server, { visitor: await newVisitor(server), agent: elif }),
  ];
  const spare = await join(owner);
  const [phone, tab] = [await join(visitor), await join(visitor)];
  const { call_id } = expectOk(await phone.emit("call", { media: "audio" }));
  for (const one of [phone, tab, spare, calls[0].agent]) {
    assert.deepEqual(await endOf(one, call_id), { call_id, room: visitor.room, reason: "busy", duration_ms: 0 });
  }
  await flushed(spare, calls[0].agent, calls[1].agent);
  for (const one of [spare, calls[0].agent, calls[1].agent]) assert.deepEqual(namesHeard(one, call_id), ["ended"]);
  assert.equal((await endedRow(server, call_id)).reason, "busy");
  await hangUp(calls[0]);
  const again = await ringing(server, { visitor: phone, agent: calls[0].agent, room: visitor.room });
  expectOk(await again.agent.emit("accept", { call_id: again.call_id }));
});

check("an agent whose own call rings at a visitor is as busy as one who talks", async () => {
  await ringing(server, { visitor: await newVisitor(server), agent: owner, by: "agent" });
  const phone = await join(visitor);
  const { call_id } = expectOk(await phone.emit("call", { media: "audio" }));
  assert.equal((await endOf(phone, call_id)).reason, "busy");
});

check("an agent who is only rung is free for a second call", async () => {
  const first = await ringing(server, { visitor: await newVisitor(server), agent: owner });
  const second = await ringing(server, { visitor, agent: first.agent, room: visitor.room });
  expectOk(await first.agent.emit("accept", { call_id: second.call_id }));
  await flushed(first.visitor);
  assert.deepEqual(namesHeard(first.visitor, first.call_id), [], "the first one goes on ringing");
});

for (const by of SIDES) {
  check(`one call for each chat session: while ${by}'s call rings or goes on, no second one begins`, async () => {
    const elif = await newAgent(server, "elif", "Elif");
    const other = await newVisitor(server);
    const otherTab = await join(other);
    const [tab, free] = [await join(visitor), await join(elif)];
    const call = await ringing(server, { visitor, agent: owner, by });
    const ofRoom = { media: "audio", room: visitor.room };
    const refusals = async () => {
      expectRefusal(await call.caller.emit("call", by === "agent" ? ofRoom : { media: "audio" }), "in_call");
      if (by === "visitor") {
        expectRefusal(await tab.emit("call", { media: "video" }), "in_call");
      } else {
        expectRefusal(await free.emit("call", ofRoom), "in_call");
        expectRefusal(await (await join(owner)).emit("call", { media: "audio", room: other.room }), "in_call");
        expectRefusal(await call.agent.emit("call", { media: "audio", room: other.room }), "in_call");
      }
    };
    await refusals();
    expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
    await refusals();
    for (const phone of [call.visitor, tab]) expectRefusal(await phone.emit("call", { media: "audio" }), "in_call");
    expectRefusal(await free.emit("call", ofRoom), "in_call");
    expectRefusal(await call.agent.emit("call", { media: "audio", room: other.room }), "in_call");
    await flushed(otherTab, free);
    assert.deepEqual(otherTab.log, []);
    const rows = await query(server.database, "SELECT id FROM calls");
    assert.deepEqual(rows.map(({ id }) => id), [call.call_id], "no trace of what was refused");
  });
}

for (const by of SIDES) {
  check(`${by} calls and the other side calls back instead of answering: the same call, both are in`, async () => {
    const call = await ringing(server, { visitor, agent: owner, by, media: "video" });
    const back = { media: "audio", ...(by === "visitor" ? { room: visitor.room } : {}) };
    const ack = expectOk(await call.callee.emit("call", back), ["accepted", "call_id", "ice_servers", "media"]);
    assert.deepEqual([ack.accepted, ack.call_id, ack.media], [true, call.call_id, "video"]);
    const accepted = await call.caller.next("accepted");
    assert.deepEqual(accepted, { call_id: call.call_id, ...(by === "visitor" ? { by: "Mehmet" } : {}) });
    const signal = { call_id: call.call_id, state: { audio: true, video: true, screen: false } };
    for (const [from, to] of [[call.caller, call.callee], [call.callee, call.caller]]) {
      expectOk(await from.emit("signal", signal), []);
      assert.deepEqual(await to.next("signal"), signal);
    }
    await hangUp(call);
  });
}

check(`both call at the same moment, ${GLARES} times: always one call with both in it`, async () => {
  const [tab, desk] = [await join(visitor), await join(owner)];
  for (let i = 0; i < GLARES; i += 1) {
    const dials = [() => tab.emit("call", { media: "audio" }), () => desk.emit("call", { media: "audio", room: visitor.room })];
    const acks = (await Promise.all((i % 2 ? dials.toReversed() : dials).map((dial) => dial()))).map((ack) => expectOk(ack));
    const [{ call_id }] = acks;
    assert.equal(acks[1].call_id, call_id);
    assert.deepEqual(acks.map((ack) => ack.accepted).toSorted(), [true, undefined], "one has called, the other has answered");
    for (const phone of [tab, desk]) expectOk(await phone.emit("connected", { call_id }));
    expectOk(await tab.emit("hangup", { call_id }));
    await Promise.all([tab, desk].map((phone) => endOf(phone, call_id)));
  }
  const [{ n }] = await query(server.database, "SELECT COUNT(*) AS n FROM calls");
  assert.equal(n, GLARES);
});

check("another agent's call to a visitor who calls is an answer, too", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const call = await ringing(server, { visitor, agent: owner });
  const desk = await join(elif);
  const ack = expectOk(await desk.emit("call", { media: "audio", room: visitor.room }));
  assert.deepEqual([ack.accepted, ack.call_id], [true, call.call_id]);
  assert.equal((await call.visitor.next("accepted")).by, "Elif");
  assert.equal((await call.agent.next("accepted")).by, "Elif");
});
