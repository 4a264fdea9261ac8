// What ends by itself, and when. All at the same time, because each of them takes its time; each has an agent of its own.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, connected, endedRow, endOf, hangUp, namesHeard, noticesOf, otherSide, phoneOf, ringing, SIDES } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { eventually, pause } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { command, Server } from "../support/server.mjs";

const RING_MS = 45_000;
const CONNECT_MS = 30_000;
const RECONNECT_MS = 20_000;
const CALLER_BACK_MS = 8_000;
/** The server looks a few times a second; the machine may be busy. */
const LATE_MS = 4_000;
const NAMES = ["deniz", "ece", "fatma", "gul", "hasan", "ipek", "jale", "kemal", "leyla"];

let server;
let deserted;
const agents = [];
before(async () => {
  [server, deserted] = await Promise.all([Server.start(), Server.start()]);
  await newOwner(server);
  for (const name of NAMES) agents.push(await newAgent(server, name, name));
});
after(async () => {
  await server.stop();
  await deserted.stop();
});

/** The end of a call, which must come `ms` after `began`. */
async function endsAfter(ms, began, phone, call_id) {
  const ended = await endOf(phone, call_id, ms + LATE_MS);
  const took = Date.now() - began;
  assert.ok(took > ms - 200 && took < ms + LATE_MS, `${took} ms instead of ${ms}`);
  return ended;
}

async function expectOneLine(where, call_id, reason) {
  const row = await endedRow(where, call_id);
  assert.equal(row.reason, reason);
  assert.ok(row.message_id > 0);
  return row;
}

describe("at the same time", { concurrency: true }, () => {
  const late = (name, body) => check(name, body, { timeout: 75_000 });

  late("nobody is here: a visitor's call rings on all the same, and is missed after 45 s", async () => {
    const phone = await phoneOf(deserted, await newVisitor(deserted));
    const began = Date.now();
    const { call_id } = expectOk(await phone.emit("call", { media: "audio" }));
    assert.equal((await endsAfter(RING_MS, began, phone, call_id)).reason, "missed");
    await expectOneLine(deserted, call_id, "missed");
    assert.deepEqual(await noticesOf(deserted, call_id), ["call_missed"]);
  });

  for (const by of SIDES) {
    late(`${by}'s call that nobody answers is missed after 45 s, to the second that the ring has named`, async () => {
      const agent = agents[by === "visitor" ? 0 : 1];
      const visitor = await newVisitor(server);
      const began = Date.now();
      const call = await ringing(server, { visitor, agent, by });
      await pause(5_000);
      const other = await phoneOf(server, by === "visitor" ? agent : visitor);
      const { ends_in_ms } = await other.next("ring", (r) => r.call_id === call.call_id);
      assert.ok(Math.abs(Date.now() - began + ends_in_ms - RING_MS) < 1_000, `${ends_in_ms} after 5 s`);
      const ended = await endsAfter(RING_MS, began, call.caller, call.call_id);
      assert.deepEqual([ended.reason, ended.duration_ms], ["missed", 0]);
      for (const phone of [call.callee, other]) assert.deepEqual(await endOf(phone, call.call_id), ended);
      expectRefusal(await call.callee.emit("accept", { call_id: call.call_id }), "call");
      await expectOneLine(server, call.call_id, "missed");
      assert.deepEqual(await noticesOf(server, call.call_id), by === "visitor" ? ["call_missed"] : []);
    });
  }

  late("answered, but no media within 30 s: failed; signals do not keep it alive", async () => {
    const began = Date.now();
    const call = await accepted(server, { visitor: await newVisitor(server), agent: agents[2] });
    const talking = setInterval(() => {
      call.caller.io.emit("signal", { call_id: call.call_id, state: { audio: true, video: false, screen: false } });
    }, 1_000);
    try {
      const ended = await endsAfter(CONNECT_MS, began, call.agent, call.call_id);
      assert.deepEqual([ended.reason, ended.duration_ms], ["failed", 0]);
    } finally {
      clearInterval(talking);
    }
    await endOf(call.visitor, call.call_id);
    await expectOneLine(server, call.call_id, "failed");
  });

  late("media within 30 s: the call outlives every deadline of those before it", async () => {
    const call = await accepted(server, { visitor: await newVisitor(server), agent: agents[3] });
    await pause(25_000);
    expectOk(await call.caller.emit("connected", { call_id: call.call_id }));
    const began = Date.now();
    await pause(24_000);
    for (const phone of [call.caller, call.callee]) assert.ok(!namesHeard(phone, call.call_id).includes("ended"));
    const { duration_ms } = await hangUp(call);
    assert.ok(Math.abs(duration_ms - (Date.now() - began)) < 1_000, `${duration_ms}`);
  });

  for (const [i, side] of SIDES.entries()) {
    late(`the ${side} is lost in the middle of a call and does not come back: lost after 20 s, as long as it was a talk`, async () => {
      const call = await connected(server, { visitor: await newVisitor(server), agent: agents[4 + i] });
      const talked = Date.now();
      await pause(3_000);
      const began = Date.now();
      call[side].close();
      const peer = call[otherSide(side)];
      await peer.next("peer", (p) => !p.online);
      const ended = await endsAfter(RECONNECT_MS, began, peer, call.call_id);
      assert.equal(ended.reason, "lost");
      assert.ok(Math.abs(ended.duration_ms - (began - talked)) < 1_000, `${ended.duration_ms}: the waiting is no talk`);
      assert.equal((await expectOneLine(server, call.call_id, "lost")).duration_ms, ended.duration_ms);
      expectRefusal(await peer.emit("resume", { call_id: call.call_id }), "call");
    });
  }

  late("lost, back, and lost again: each time it has 20 s", async () => {
    const visitor = await newVisitor(server);
    const call = await connected(server, { visitor, agent: agents[6] });
    let tab = call.visitor;
    for (let i = 0; i < 2; i += 1) {
      tab.close();
      await call.agent.next("peer", (p) => !p.online);
      await pause(15_000);
      tab = await phoneOf(server, visitor);
      expectOk(await tab.emit("resume", { call_id: call.call_id }));
      await call.agent.next("peer", (p) => p.online);
    }
    expectOk(await tab.emit("hangup", { call_id: call.call_id }));
    assert.equal((await endOf(call.agent, call.call_id)).reason, "hangup");
  });

  for (const by of SIDES) {
    late(`the ${by} who calls is gone while it rings: missed after 8 s; nobody runs to a phone for that`, async () => {
      const visitor = await newVisitor(server);
      const agent = agents[7];
      const call = await ringing(server, { visitor, agent: by === "visitor" ? agents[0] : agent, by });
      const began = Date.now();
      call.caller.close();
      assert.equal((await endsAfter(CALLER_BACK_MS, began, call.callee, call.call_id)).reason, "missed");
      const back = await phoneOf(server, by === "visitor" ? visitor : agent);
      expectRefusal(await back.emit("resume", { call_id: call.call_id }), "call");
      await expectOneLine(server, call.call_id, "missed");
    });
  }

  late("an agent is disabled in the middle of a call: the visitor hears at once that he is gone, and the end", async () => {
    const call = await connected(server, { visitor: await newVisitor(server), agent: agents[8] });
    const began = Date.now();
    const done = await command(["agent", "disable", NAMES[8], "--data-dir", server.dir]);
    assert.equal(done.code, 0, done.stderr);
    await call.agent.disconnected;
    assert.deepEqual(await call.visitor.next("peer"), { call_id: call.call_id, online: false });
    const ended = await endOf(call.visitor, call.call_id, RECONNECT_MS + LATE_MS);
    assert.ok(Date.now() - began < RECONNECT_MS + LATE_MS);
    await expectOneLine(server, call.call_id, ended.reason);
  });
});

check("afterwards nothing rings and nothing goes on", async () => {
  for (const where of [server, deserted]) {
    await eventually("no calls", async () => expectJson(await get(where, "/debug/memory")).calls_running === 0);
  }
});
