// Who hears a call ring, when, and what the ring says.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk } from "../support/acks.mjs";
import { endAllCalls, flushed, hangUp, heard, namesHeard, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { newAgent, newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

const RING_MS = 45_000;

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

function expectRing({ ends_in_ms, ...ring }, expected) {
  assert.deepEqual(ring, expected);
  assert.ok(Number.isInteger(ends_in_ms) && ends_in_ms > RING_MS - 10_000 && ends_in_ms <= RING_MS, `${ends_in_ms}`);
}

for (const media of ["audio", "video"]) {
  check(`a visitor's ${media} call rings in all browsers of all agents, and nowhere else`, async () => {
    const visitor = await newVisitor(server, { name: "Zeynep" });
    const tab = await join(visitor);
    const stranger = await join(await newVisitor(server));
    const browsers = [await join(owner), await join(await signInAgain(owner)), await join(elif), await join(elif)];
    const call = await ringing(server, { visitor, agent: browsers[0], media, room: visitor.room });
    const expected = { call_id: call.call_id, room: visitor.room, from: "Zeynep", caller: "visitor", media };
    expectRing(call.ring, expected);
    for (const browser of browsers.slice(1)) expectRing(await browser.next("ring"), expected);
    await flushed(tab, stranger, call.visitor, ...browsers);
    for (const phone of [tab, stranger, call.visitor]) assert.deepEqual(phone.log, []);
    for (const browser of browsers) assert.deepEqual(namesHeard(browser, call.call_id), ["ring"], "once");
  });

  check(`an agent's ${media} call rings in all tabs of that visitor, and nowhere else`, async () => {
    const visitor = await newVisitor(server);
    const tabs = [await join(visitor), await join(visitor, { transports: ["polling"] })];
    const others = [await join(await newVisitor(server)), await join(elif), await join(owner)];
    const call = await ringing(server, { visitor: tabs[0], agent: owner, by: "agent", media, room: visitor.room });
    const expected = { call_id: call.call_id, room: visitor.room, from: "Mehmet", caller: "agent", media };
    expectRing(call.ring, expected);
    expectRing(await tabs[1].next("ring"), expected);
    await flushed(...others, call.agent, ...tabs);
    for (const phone of [...others, call.agent]) assert.deepEqual(phone.log, []);
  });
}

check("the ack of a call says its id and the servers to use", async () => {
  const visitor = await newVisitor(server);
  const [phone, desk] = [await join(visitor), await join(owner)];
  for (const [caller, room] of [[phone], [desk, visitor.room]]) {
    const ack = expectOk(await caller.emit("call", { media: "video", ...(room ? { room } : {}) }), ["call_id", "ice_servers", "media"]);
    assert.match(ack.call_id, /^[A-Za-z0-9_-]{16}$/);
    assert.deepEqual(ack.ice_servers, [], "no relay in this test");
    expectOk(await caller.emit("hangup", { call_id: ack.call_id }), []);
  }
});

check("an agent who comes while it rings hears it, with the time that is left", async () => {
  const visitor = await newVisitor(server);
  const call = await ringing(server, { visitor, agent: owner });
  for (const transports of [["websocket"], ["polling"]]) {
    const late = await join(elif, { transports });
    const { ends_in_ms, ...ring } = await late.next("ring");
    assert.ok(ends_in_ms < call.ring.ends_in_ms && ends_in_ms > RING_MS - 10_000, `${ends_in_ms} of ${call.ring.ends_in_ms}`);
    const { ends_in_ms: _, ...first } = call.ring;
    assert.deepEqual(ring, first);
  }
});

check("a tab that the visitor opens while an agent calls rings, and can answer", async () => {
  const visitor = await newVisitor(server);
  const call = await ringing(server, { visitor, agent: owner, by: "agent" });
  const late = await join(visitor);
  assert.equal((await late.next("ring")).call_id, call.call_id);
  expectOk(await late.emit("accept", { call_id: call.call_id }));
  assert.deepEqual(await call.agent.next("accepted"), { call_id: call.call_id });
});

check("a visitor who calls does not hear his own call in a tab he opens", async () => {
  const visitor = await newVisitor(server);
  await ringing(server, { visitor, agent: owner });
  const tab = await join(visitor);
  await flushed(tab);
  assert.deepEqual(tab.log, []);
});

check("calls that were answered or are over ring for nobody who comes later", async () => {
  const [one, other] = [await newVisitor(server), await newVisitor(server)];
  const desk = await join(owner);
  const over = await ringing(server, { visitor: one, agent: desk, room: one.room });
  await hangUp(over);
  const answered = await ringing(server, { visitor: other, agent: desk, room: other.room });
  expectOk(await desk.emit("accept", { call_id: answered.call_id }));
  const late = await join(elif);
  await flushed(late);
  assert.deepEqual(late.log, []);
});

check("two calls ring at the same time, and whoever comes hears both", async () => {
  const [one, other] = [await newVisitor(server), await newVisitor(server)];
  const desk = await join(owner);
  const calls = [await ringing(server, { visitor: one, agent: desk, room: one.room }), await ringing(server, { visitor: other, agent: desk, room: other.room })];
  const late = await join(elif);
  await flushed(late);
  assert.deepEqual(late.all("ring").map((r) => r.room).toSorted(), [one.room, other.room].toSorted());
  expectOk(await late.emit("accept", { call_id: calls[1].call_id }));
  expectOk(await desk.emit("accept", { call_id: calls[0].call_id }));
});

check("an agent in a call is left in peace, and hears what rings when it is over", async () => {
  const [first, second] = [await newVisitor(server), await newVisitor(server)];
  const browsers = [await join(owner), await join(owner)];
  const talking = await ringing(server, { visitor: first, agent: browsers[0], room: first.room });
  expectOk(await browsers[0].emit("accept", { call_id: talking.call_id }));
  const desk = await join(elif);
  const waiting = await ringing(server, { visitor: second, agent: desk, room: second.room });
  const opened = await join(owner);
  await flushed(...browsers, opened);
  for (const browser of [...browsers, opened]) assert.deepEqual(heard(browser, waiting.call_id), []);
  await hangUp(talking);
  for (const browser of [...browsers, opened]) assert.equal((await browser.next("ring", (r) => r.call_id === waiting.call_id)).room, second.room);
  await flushed(desk);
  assert.deepEqual(namesHeard(desk, waiting.call_id), ["ring"], "not once more where it rings already");
  expectOk(await browsers[1].emit("accept", { call_id: waiting.call_id }));
});

check("a name with everything that is awkward rings as it is", async () => {
  const name = `Ğ"<b>\\ ü 🌹 'x'`;
  const call = await ringing(server, { visitor: await newVisitor(server, { name }), agent: owner });
  assert.equal(call.ring.from, name);
});
