// One answers a call, and all others hear that it was answered.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, callRow, endAllCalls, endedRow, flushed, hangUp, heard, namesHeard, phoneOf, ringing } from "../support/calls.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { newAgent, newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

const RACES = 20;

let server;
let owner;
let elif;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  elif = await newAgent(server, "elif", "Elif");
});
afterEach(endAllCalls);
after(() => server.stop());

const join = (person, options) => phoneOf(server, person, options);

overEveryTransport(({ transports }) => {
  check("the caller hears who answered, and every other browser that rang stops", async () => {
    const visitor = await newVisitor(server);
    const others = [await join(owner, { transports }), await join(elif, { transports }), await join(elif, { transports })];
    const desk = await join(owner, { transports });
    const call = await ringing(server, { visitor, agent: desk, media: "video", room: visitor.room, transports });
    const ack = expectOk(await desk.emit("accept", { call_id: call.call_id }), ["ice_servers", "media"]);
    assert.equal(ack.media, "video");
    const expected = { call_id: call.call_id, by: "Mehmet" };
    for (const phone of [call.visitor, ...others]) assert.deepEqual(await phone.next("accepted"), expected);
    await flushed(desk);
    assert.deepEqual(namesHeard(desk, call.call_id), ["ring"], "who answered knows it from the ack");
  });

  check("a visitor answers in one tab; the agent hears it and the other tabs stop", async () => {
    const visitor = await newVisitor(server);
    const [tab, other] = [await join(visitor, { transports }), await join(visitor, { transports })];
    const call = await ringing(server, { visitor: tab, agent: owner, by: "agent", room: visitor.room, transports });
    assert.equal(expectOk(await tab.emit("accept", { call_id: call.call_id }), ["ice_servers", "media"]).media, "audio");
    for (const phone of [call.agent, other]) assert.deepEqual(await phone.next("accepted"), { call_id: call.call_id });
    await flushed(tab);
    assert.deepEqual(namesHeard(tab, call.call_id), ["ring"]);
  });
});

for (const [what, second] of [
  ["two agents", () => elif],
  ["two browsers of one agent", () => signInAgain(owner)],
]) {
  check(`${what} answer at the same moment: exactly one has it`, async () => {
    const phones = [await join(owner), await join(await second())];
    const winners = new Set();
    for (let i = 0; i < RACES; i += 1) {
      const visitor = await newVisitor(server);
      const call = await ringing(server, { visitor, agent: phones[0], room: visitor.room });
      await phones[1].next("ring", (r) => r.call_id === call.call_id);
      // Whoever sends first has no advantage over many rounds.
      const order = i % 2 ? [1, 0] : [0, 1];
      const acks = [];
      await Promise.all(order.map(async (k) => (acks[k] = await phones[k].emit("accept", { call_id: call.call_id }))));
      assert.deepEqual(acks.map((ack) => ack.ok).toSorted(), [false, true]);
      const [winner, loser] = acks[0].ok ? phones : phones.toReversed();
      winners.add(winner);
      expectRefusal(acks.find((ack) => !ack.ok), "call");
      await loser.next("accepted", (a) => a.call_id === call.call_id);
      await call.visitor.next("accepted");
      expectOk(await winner.emit("hangup", { call_id: call.call_id }));
      await flushed(call.visitor, winner, loser);
      assert.deepEqual(namesHeard(call.visitor, call.call_id), ["accepted", "ended"]);
      assert.deepEqual(namesHeard(winner, call.call_id), ["ring", "ended"]);
      assert.deepEqual(namesHeard(loser, call.call_id), ["ring", "accepted", "ended"]);
    }
    assert.equal(winners.size, 2, "each of them wins now and then, or this was no race");
  });
}

check("two tabs of a visitor answer at the same moment: exactly one has it", async () => {
  const visitor = await newVisitor(server);
  const tabs = [await join(visitor), await join(visitor)];
  const call = await ringing(server, { visitor: tabs[0], agent: owner, by: "agent", room: visitor.room });
  const acks = await Promise.all(tabs.map((tab) => tab.emit("accept", { call_id: call.call_id })));
  assert.deepEqual(acks.map((ack) => ack.ok).toSorted(), [false, true]);
  expectRefusal(acks.find((ack) => !ack.ok), "call");
});

check("nobody answers who may not: the caller, his other tabs, other visitors, other agents of an agent's call", async () => {
  const [visitor, stranger] = [await newVisitor(server), await newVisitor(server)];
  const call = await ringing(server, { visitor, agent: owner });
  for (const phone of [call.visitor, await join(visitor), await join(stranger)]) {
    expectRefusal(await phone.emit("accept", { call_id: call.call_id }), "call");
  }
  await hangUp(call);
  const back = await ringing(server, { visitor: call.visitor, agent: call.agent, by: "agent", room: visitor.room });
  for (const phone of [call.agent, await join(owner), await join(elif), await join(stranger)]) {
    expectRefusal(await phone.emit("accept", { call_id: back.call_id }), "call");
  }
  await flushed(call.visitor, call.agent);
  assert.deepEqual(namesHeard(call.visitor, back.call_id), ["ring"], "it still rings");
});

check("an answered call, one that is over and one that never was cannot be answered", async () => {
  const visitor = await newVisitor(server);
  const call = await accepted(server, { visitor, agent: owner });
  const other = await join(elif);
  for (const phone of [call.agent, other]) expectRefusal(await phone.emit("accept", { call_id: call.call_id }), "call");
  await hangUp(call);
  for (const phone of [call.agent, other]) expectRefusal(await phone.emit("accept", { call_id: call.call_id }), "call");
  for (const call_id of ["", "x", "0123456789abcdef", "x".repeat(5000)]) {
    expectRefusal(await other.emit("accept", { call_id }), "call");
  }
});

check("an agent in a call cannot answer a second one, in any browser; it goes on ringing for others", async () => {
  const [first, second] = [await newVisitor(server), await newVisitor(server)];
  const call = await accepted(server, { visitor: first, agent: owner });
  const free = await join(elif);
  const waiting = await ringing(server, { visitor: second, agent: free, room: second.room });
  for (const phone of [call.agent, await join(owner)]) {
    expectRefusal(await phone.emit("accept", { call_id: waiting.call_id }), "in_call");
  }
  expectOk(await free.emit("accept", { call_id: waiting.call_id }));
  assert.deepEqual(await waiting.visitor.next("accepted"), { call_id: waiting.call_id, by: "Elif" });
});

check("what was answered is on disk", async () => {
  const visitor = await newVisitor(server);
  const call = await ringing(server, { visitor, agent: elif });
  const before = await callRow(server, call.call_id);
  assert.deepEqual([before.answered_at, before.agent_id, before.ended_at], [null, null, null]);
  expectOk(await call.agent.emit("accept", { call_id: call.call_id }));
  expectOk(await call.agent.emit("connected", { call_id: call.call_id }));
  const { duration_ms } = await hangUp(call);
  const { id } = await elif.me();
  const row = await endedRow(server, call.call_id);
  assert.deepEqual([row.agent_id, row.caller, row.media, row.reason], [id, "visitor", "audio", "hangup"]);
  assert.ok(row.started_at <= row.answered_at && row.answered_at <= row.connected_at && row.connected_at <= row.ended_at, JSON.stringify(row));
  assert.equal(row.duration_ms, duration_ms);
  assert.deepEqual(heard(call.visitor, call.call_id).map(({ event }) => event), ["accepted", "ended"]);
});
