// Somebody does not want to answer. A desk of its own for each test: who is online decides what happens.
import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, endAllCalls, endOf, flushed, hangUp, namesHeard, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { newAgent, newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

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
const decline = (phone, { call_id }) => phone.emit("decline", { call_id });
const declinedEnd = ({ call_id, room }) => ({ call_id, room, reason: "declined", duration_ms: 0 });

check("one of two agents declines: his other browsers stop, the other agent goes on ringing and answers", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const [other, again] = [await join(owner), await join(await signInAgain(owner))];
  const free = await join(elif);
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await decline(call.agent, call), []);
  for (const browser of [other, again]) assert.deepEqual(await browser.next("declined"), { call_id: call.call_id });
  await flushed(call.visitor, call.agent, free);
  assert.deepEqual(namesHeard(call.agent, call.call_id), ["ring"], "who declined knows it from the ack");
  assert.deepEqual(namesHeard(call.visitor, call.call_id), [], "the caller waits on");
  assert.deepEqual(namesHeard(free, call.call_id), ["ring"]);
  const reopened = await join(owner);
  await flushed(reopened);
  assert.deepEqual(reopened.log, [], "it does not begin to ring again where it was declined");
  expectOk(await free.emit("accept", { call_id: call.call_id }));
  assert.equal((await call.visitor.next("accepted")).by, "Elif");
});

check("the last of all agents declines: the call is over for everybody", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const [second, bystander] = [await join(elif), await join(owner)];
  const tab = await join(visitor);
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await decline(call.agent, call), []);
  expectOk(await decline(second, call), []);
  for (const phone of [call.visitor, tab, call.agent, second, bystander]) {
    assert.deepEqual(await endOf(phone, call.call_id), declinedEnd(call));
  }
});

check("a single agent declines in one browser: over, also where it rang elsewhere", async () => {
  const other = await join(owner);
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await decline(call.agent, call), []);
  assert.deepEqual(await endOf(call.visitor, call.call_id), declinedEnd(call));
  assert.deepEqual(await endOf(other, call.call_id), declinedEnd(call));
});

check("the only agent who has not declined is in a call: there is nobody left, it is over", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const busy = await accepted(server, { visitor: await newVisitor(server), agent: elif });
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await decline(call.agent, call), []);
  assert.deepEqual(await endOf(call.visitor, call.call_id), declinedEnd(call));
  await hangUp(busy);
});

check("an agent who comes after all others have declined finds nothing that rings", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await decline(call.agent, call), []);
  await endOf(call.visitor, call.call_id);
  const late = await join(elif);
  await flushed(late);
  assert.deepEqual(late.log, []);
});

check("a visitor declines an agent's call in one tab: over in all", async () => {
  const tab = await join(visitor);
  const call = await ringing(server, { visitor, agent: owner, by: "agent" });
  expectOk(await decline(call.visitor, call), []);
  for (const phone of [call.agent, call.visitor, tab]) assert.deepEqual(await endOf(phone, call.call_id), declinedEnd(call));
});

check("nobody declines who is not asked: the caller, his tabs, others; nor what is answered, over or unknown", async () => {
  const stranger = await join(await newVisitor(server));
  const call = await ringing(server, { visitor, agent: owner });
  for (const phone of [call.visitor, await join(visitor), stranger]) expectRefusal(await decline(phone, call), "call");
  expectOk(await call.agent.emit("accept", { call_id: call.call_id }));
  for (const phone of [call.visitor, call.agent, await join(owner), stranger]) expectRefusal(await decline(phone, call), "call");
  await flushed(call.visitor);
  assert.deepEqual(namesHeard(call.visitor, call.call_id), ["accepted"]);
  await hangUp(call);
  for (const phone of [call.visitor, call.agent]) expectRefusal(await decline(phone, call), "call");
  expectRefusal(await decline(call.agent, { call_id: "0123456789abcdef" }), "call");
});

check("after a call was declined the next one rings everywhere again", async () => {
  const call = await ringing(server, { visitor, agent: owner });
  expectOk(await decline(call.agent, call), []);
  await endOf(call.visitor, call.call_id);
  const again = await ringing(server, { visitor: call.visitor, agent: call.agent, room: visitor.room });
  assert.notEqual(again.call_id, call.call_id);
});
