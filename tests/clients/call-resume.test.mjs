// A side whose connection is gone comes back with a new one, within the time it has. (Those who do not come back in time are
// in call-deadlines.)
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, callIn, connected, endAllCalls, endOf, flushed, namesHeard, otherSide, phoneOf, ringing, SIDES } from "../support/calls.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { newAgent, newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

let server;
let people;
before(async () => {
  server = await Server.start();
  people = { agent: await newOwner(server), other: await newAgent(server, "elif", "Elif") };
});
afterEach(endAllCalls);
after(() => server.stop());

const resume = (phone, { call_id }) => phone.emit("resume", { call_id });
const RESUMED = ["caller", "ice_servers", "media", "peer_online", "state"];
const state = (audio) => ({ audio, video: false, screen: false });

/** Both directions carry. */
async function talks(call_id, one, other) {
  for (const [from, to] of [[one, other], [other, one]]) {
    expectOk(await from.emit("signal", { call_id, state: state(from === one) }), []);
    assert.deepEqual(await to.next("signal"), { call_id, state: state(from === one) });
  }
}

overEveryTransport(({ transports }) => {
  for (const side of SIDES) {
    for (const phase of ["accepted", "connected"]) {
      check(`${phase}: the ${side}'s connection is lost and comes back; the other side is told of both`, async () => {
        const visitor = await newVisitor(server);
        const call = await callIn(phase, server, { visitor, agent: people.agent, media: "video", transports });
        const peer = call[otherSide(side)];
        call[side].close();
        assert.deepEqual(await peer.next("peer"), { call_id: call.call_id, online: false });
        expectRefusal(await peer.emit("signal", { call_id: call.call_id, state: state(true) }), "peer");
        const back = await phoneOf(server, side === "visitor" ? visitor : people.agent, { transports });
        const { state: where, media, caller, peer_online, ice_servers } = expectOk(await resume(back, call), RESUMED);
        assert.deepEqual([where, media, caller, peer_online], [phase, "video", "visitor", true]);
        assert.ok(Array.isArray(ice_servers));
        assert.deepEqual(await peer.next("peer"), { call_id: call.call_id, online: true });
        await talks(call.call_id, back, peer);
        expectOk(await back.emit("hangup", { call_id: call.call_id }), []);
        assert.equal((await endOf(peer, call.call_id)).reason, "hangup");
      });
    }
  }
});

check("the clock goes on while a side is away", async () => {
  const visitor = await newVisitor(server);
  const call = await connected(server, { visitor, agent: people.agent });
  const began = Date.now();
  call.visitor.close();
  await call.agent.next("peer");
  const back = await phoneOf(server, visitor);
  expectOk(await resume(back, call));
  expectOk(await back.emit("connected", { call_id: call.call_id }), []);
  const atLeast = Date.now() - began;
  expectOk(await back.emit("hangup", { call_id: call.call_id }));
  const { duration_ms } = await endOf(call.agent, call.call_id);
  assert.ok(duration_ms >= atLeast, `${duration_ms} of ${atLeast}`);
});

for (const by of SIDES) {
  check(`ringing: the ${by} who calls is lost and comes back; the answer reaches the new connection`, async () => {
    const visitor = await newVisitor(server);
    const call = await ringing(server, { visitor, agent: people.agent, by, media: "video" });
    call.caller.close();
    const back = await phoneOf(server, by === "visitor" ? visitor : people.agent);
    const { state: where, media, caller, peer_online } = expectOk(await resume(back, call), RESUMED);
    assert.deepEqual([where, media, caller, peer_online], ["ringing", "video", by, false]);
    await flushed(call.callee);
    assert.deepEqual(namesHeard(call.callee, call.call_id), ["ring"], "who is rung need not know");
    expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
    assert.equal((await back.next("accepted")).call_id, call.call_id);
    await talks(call.call_id, back, call.callee);
    expectOk(await back.emit("hangup", { call_id: call.call_id }));
  });

  check(`an answer while the calling ${by} is away waits for him`, async () => {
    const visitor = await newVisitor(server);
    const call = await ringing(server, { visitor, agent: people.agent, by });
    call.caller.close();
    expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
    const back = await phoneOf(server, by === "visitor" ? visitor : people.agent);
    const { state: where, peer_online } = expectOk(await resume(back, call));
    assert.deepEqual([where, peer_online], ["accepted", true]);
    assert.deepEqual(await call.callee.next("peer", (p) => p.online), { call_id: call.call_id, online: true });
    await talks(call.call_id, back, call.callee);
    expectOk(await back.emit("hangup", { call_id: call.call_id }));
  });
}

check("both sides are lost and come back one after the other", async () => {
  const visitor = await newVisitor(server);
  const call = await connected(server, { visitor, agent: people.agent });
  call.visitor.close();
  await call.agent.next("peer");
  call.agent.close();
  const tab = await phoneOf(server, visitor);
  // Whether the server has noticed that the agent is gone, too, is a race; that nothing is said twice is not.
  expectOk(await resume(tab, call));
  const desk = await phoneOf(server, people.agent);
  assert.equal(expectOk(await resume(desk, call)).peer_online, true);
  await talks(call.call_id, tab, desk);
  expectOk(await desk.emit("hangup", { call_id: call.call_id }));
});

for (const side of SIDES) {
  check(`another ${side === "visitor" ? "tab of the visitor" : "login of the agent"} takes the call over; the old one is told that it is out`, async () => {
    const visitor = await newVisitor(server);
    const call = await connected(server, { visitor, agent: people.agent });
    const fresh = await phoneOf(server, side === "visitor" ? visitor : await signInAgain(people.agent));
    const peer = call[otherSide(side)];
    assert.equal(expectOk(await resume(fresh, call)).state, "connected");
    const out = await endOf(call[side], call.call_id);
    assert.equal(out.room, visitor.room);
    await talks(call.call_id, fresh, peer);
    for (const event of ["hangup", "connected"]) expectRefusal(await call[side].emit(event, { call_id: call.call_id }), "call");
    expectRefusal(await call[side].emit("signal", { call_id: call.call_id, state: state(true) }), "call");
    call[side].close();
    await talks(call.call_id, fresh, peer);
    assert.ok(!namesHeard(peer, call.call_id).includes("ended"));
    assert.ok(!peer.all("peer").some((p) => !p.online), "the old one's going is no loss");
    expectOk(await fresh.emit("hangup", { call_id: call.call_id }));
  });
}

check("a login is signed out in the middle of its call: another browser of the same agent takes it over", async () => {
  const leaving = await signInAgain(people.agent);
  const call = await connected(server, { visitor: await newVisitor(server), agent: leaving });
  const other = await phoneOf(server, people.agent);
  assert.equal((await leaving.change("POST", "/api/admin/logout")).status, 204);
  await call.visitor.next("peer", (p) => !p.online);
  assert.equal(expectOk(await resume(other, call)).state, "connected");
  await talks(call.call_id, call.visitor, other);
  expectOk(await other.emit("hangup", { call_id: call.call_id }));
  assert.equal((await endOf(call.visitor, call.call_id)).reason, "hangup");
});

check("resume from the connection that has it changes nothing", async () => {
  const call = await connected(server, { visitor: await newVisitor(server), agent: people.agent });
  for (const phone of [call.visitor, call.agent]) assert.equal(expectOk(await resume(phone, call)).peer_online, true);
  await flushed(call.visitor, call.agent);
  for (const phone of [call.visitor, call.agent]) assert.ok(!namesHeard(phone, call.call_id).includes("ended"));
  await talks(call.call_id, call.visitor, call.agent);
});

check("nobody else takes a side: another agent, another visitor, who is rung, who has declined or lost the race", async () => {
  const visitor = await newVisitor(server);
  const strangers = [await phoneOf(server, people.other), await phoneOf(server, await newVisitor(server))];
  const call = await ringing(server, { visitor, agent: people.agent });
  const refused = async (phones) => {
    for (const phone of phones) expectRefusal(await resume(phone, call), "call");
  };
  await refused([...strangers, call.callee]);
  expectOk(await strangers[0].emit("decline", { call_id: call.call_id }));
  await refused(strangers);
  expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
  await refused(strangers);
  call.visitor.close();
  await call.agent.next("peer");
  await refused(strangers);
  const back = await phoneOf(server, visitor);
  expectOk(await resume(back, call));
  await talks(call.call_id, back, call.agent);
  expectOk(await back.emit("hangup", { call_id: call.call_id }));
  await endOf(call.agent, call.call_id);
  await refused([...strangers, back, call.agent]);
  for (const call_id of ["", "0123456789abcdef"]) expectRefusal(await back.emit("resume", { call_id }), "call");
});

check("who is in a call does not get into somebody else's", async () => {
  const [one, other] = [await newVisitor(server), await newVisitor(server)];
  const first = await accepted(server, { visitor: one, agent: people.agent });
  const second = await accepted(server, { visitor: other, agent: people.other });
  for (const phone of [first.visitor, first.agent]) expectRefusal(await resume(phone, second), "call");
  await talks(second.call_id, second.visitor, second.agent);
});

check("a tab that is closed while an agent's call rings in another one ends nothing", async () => {
  const visitor = await newVisitor(server);
  const tab = await phoneOf(server, visitor);
  const call = await ringing(server, { visitor, agent: people.agent, by: "agent" });
  await tab.next("ring");
  tab.close();
  expectOk(await call.visitor.emit("accept", { call_id: call.call_id }));
  await call.agent.next("accepted");
  await talks(call.call_id, call.visitor, call.agent);
  assert.deepEqual(call.agent.all("peer"), []);
});
