// Hanging up in every state by either side, what everybody hears of it, and how long it was.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { callIn, callRow, connected, endAllCalls, endedRow, endOf, flushed, namesHeard, phoneOf, ringing, SIDES } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { pause } from "../support/deadline.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

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

const REASONS = [
  ["ringing", {}, "missed"],
  ["ringing", { failed: true }, "missed"],
  ["accepted", {}, "hangup"],
  ["accepted", { failed: false }, "hangup"],
  ["accepted", { failed: true }, "failed"],
  ["connected", {}, "hangup"],
  ["connected", { failed: true }, "lost"],
];

for (const [state, fields, reason] of REASONS) {
  for (const by of SIDES) {
    // Whoever is rung has nothing to hang up yet.
    for (const who of state === "ringing" ? ["caller"] : ["caller", "callee"]) {
      check(`${state}, ${by}'s call, the ${who} hangs up ${JSON.stringify(fields)}: ${reason}, for all tabs and all agents`, async () => {
        const visitor = await newVisitor(server);
        const bystanders = [await phoneOf(server, visitor), await phoneOf(server, owner), await phoneOf(server, elif)];
        const stranger = await phoneOf(server, await newVisitor(server));
        const call = await callIn(state, server, { visitor, agent: owner, by });
        expectOk(await call[who].emit("hangup", { call_id: call.call_id, ...fields }), []);
        for (const phone of [call.caller, call.callee, ...bystanders]) {
          const { duration_ms, ...ended } = await endOf(phone, call.call_id);
          assert.deepEqual(ended, { call_id: call.call_id, room: visitor.room, reason });
          assert.ok(state === "connected" ? duration_ms >= 0 : duration_ms === 0, `${duration_ms}`);
          await flushed(phone);
          assert.equal(namesHeard(phone, call.call_id).filter((e) => e === "ended").length, 1, "once");
        }
        for (const phone of [call.caller, call.callee]) {
          expectRefusal(await phone.emit("hangup", { call_id: call.call_id }), "call");
        }
        await flushed(stranger);
        assert.deepEqual(stranger.log, []);
      });
    }
  }
}

for (const by of SIDES) {
  check(`nobody else hangs up ${by}'s call: not who is only rung, not another tab or browser, not a stranger`, async () => {
    const visitor = await newVisitor(server);
    const others = [await phoneOf(server, visitor), await phoneOf(server, owner), await phoneOf(server, elif), await phoneOf(server, await newVisitor(server))];
    const call = await ringing(server, { visitor, agent: owner, by });
    const refused = async (phones) => {
      for (const phone of phones) {
        for (const fields of [{}, { failed: true }]) expectRefusal(await phone.emit("hangup", { call_id: call.call_id, ...fields }), "call");
      }
    };
    await refused([call.callee, ...others]);
    expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
    await refused(others);
    for (const phone of [call.caller, call.callee]) expectOk(await phone.emit("connected", { call_id: call.call_id }));
    await refused(others);
    await flushed(call.caller, call.callee);
    for (const phone of [call.caller, call.callee]) assert.ok(!namesHeard(phone, call.call_id).includes("ended"));
  });
}

check("both hang up at the same moment: one end, no double line", async () => {
  for (let i = 0; i < 10; i += 1) {
    const visitor = await newVisitor(server);
    const call = await connected(server, { visitor, agent: owner });
    const acks = await Promise.all([call.caller, call.callee].map((phone) => phone.emit("hangup", { call_id: call.call_id })));
    assert.ok(acks.some((ack) => ack.ok));
    for (const ack of acks.filter((a) => !a.ok)) expectRefusal(ack, "call");
    await flushed(call.caller, call.callee);
    for (const phone of [call.caller, call.callee]) assert.equal(namesHeard(phone, call.call_id).filter((e) => e === "ended").length, 1);
    await endAllCalls();
  }
});

check("the clock runs from the first `connected` of either side; saying it again changes nothing", async () => {
  for (const first of ["caller", "callee"]) {
    const second = first === "caller" ? "callee" : "caller";
    const call = await callIn("accepted", server, { visitor: await newVisitor(server), agent: owner });
    await pause(300); // not part of its length
    const asked = Date.now();
    expectOk(await call[first].emit("connected", { call_id: call.call_id }), []);
    const running = Date.now();
    await pause(400);
    for (const side of [second, first, first]) expectOk(await call[side].emit("connected", { call_id: call.call_id }), []);
    await pause(200);
    const atLeast = Date.now() - running;
    expectOk(await call[second].emit("hangup", { call_id: call.call_id }));
    const { duration_ms } = await endOf(call[first], call.call_id);
    // One millisecond for each end's rounding.
    assert.ok(duration_ms >= atLeast - 2 && duration_ms <= Date.now() - asked + 2, `${duration_ms} of at least ${atLeast}`);
    assert.equal((await endedRow(server, call.call_id)).duration_ms, duration_ms);
    await endAllCalls();
  }
});

check("`connected` before it was answered, after the end, or by anybody else: call", async () => {
  const visitor = await newVisitor(server);
  const others = [await phoneOf(server, visitor), await phoneOf(server, owner), await phoneOf(server, elif)];
  const call = await ringing(server, { visitor, agent: owner });
  const says = (phone) => phone.emit("connected", { call_id: call.call_id });
  for (const phone of [call.caller, call.callee, ...others]) expectRefusal(await says(phone), "call");
  expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
  for (const phone of others) expectRefusal(await says(phone), "call");
  assert.equal((await callRow(server, call.call_id)).connected_at, null);
  expectOk(await call.caller.emit("hangup", { call_id: call.call_id }));
  assert.equal((await endOf(call.callee, call.call_id)).duration_ms, 0);
  for (const phone of [call.caller, call.callee]) expectRefusal(await says(phone), "call");
});

check("after a call the next one can begin at once, either way", async () => {
  const visitor = await newVisitor(server);
  const [tab, desk] = [await phoneOf(server, visitor), await phoneOf(server, owner)];
  for (const by of [...SIDES, ...SIDES]) {
    const call = await callIn("connected", server, { visitor: tab, agent: desk, by, room: visitor.room });
    expectOk(await call.callee.emit("hangup", { call_id: call.call_id }));
    await endOf(call.caller, call.call_id);
  }
});
