// Into /call and out of it: alone, and beside /chat on the same connection.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { authOf, callRow, endAllCalls, endOf, flushed, NAMESPACE, phoneOf, ringing } from "../support/calls.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually, within } from "../support/deadline.mjs";
import { newAgent, newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { command, Server } from "../support/server.mjs";
import { agentSocket, Chat, visitorSocket } from "../support/sockets.mjs";
import { Wire } from "../support/wire.mjs";

// What the design promises from the answer to the closed socket.
const PROMISE_MS = 1000;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
afterEach(endAllCalls);
after(() => server.stop());

overEveryTransport(({ transports, name }) => {
  const join = (person, options) => phoneOf(server, person, { transports, ...options });
  /** The client library hears of no end while it changes transports; the heartbeat tells it later. */
  const settledIn = (...sockets) =>
    eventually(`transport ${transports.at(-1)}`, () => sockets.every((socket) => socket.transport === transports.at(-1)));
  const refused = (options) => new Chat(server, { namespace: NAMESPACE, transports, ...options }).refusal();
  const beside = (chat, person) => new Chat(server, { namespace: NAMESPACE, auth: authOf(person), beside: chat }).connected();

  check("a visitor and an agent are let in, and nothing rings", async () => {
    const phones = [await join(await newVisitor(server)), await join(owner)];
    await flushed(...phones);
    for (const phone of phones) assert.deepEqual(phone.log, []);
  });

  for (const [what, auth, code] of [
    ["no auth at all", undefined, "token"],
    ["an empty auth", {}, "token"],
    ["an unknown token", { token: "0".repeat(43) }, "token"],
    ["an empty token", { token: "" }, "token"],
    ["an agent's role without a login", { role: "agent" }, "login"],
    ["a token that is a number", { token: 7 }, "invalid"],
    ["an unknown role", { role: "root" }, "invalid"],
    ["a role and a token", { role: "agent", token: "x" }, "invalid"],
    ["an unknown field", { token: "x", admin: true }, "invalid"],
    ["a list", ["token"], "invalid"],
  ]) {
    check(`${what} is refused: ${code}`, async () => {
      const error = await refused({ auth });
      assert.equal(error.data?.code, code);
      assert.ok(error.message, "a sentence");
    });
  }

  check("last_id has no meaning here: invalid, for visitors and agents alike", async () => {
    const { token } = await newVisitor(server);
    for (const options of [
      { auth: { token, last_id: 0 } },
      { auth: { role: "agent", last_id: 0 }, cookie: owner.cookie },
    ]) {
      assert.equal((await refused(options)).data?.code, "invalid");
    }
  });

  check("an agent's cookie does not make a visitor, nor a forged one an agent", async () => {
    assert.equal((await refused({ auth: {}, cookie: owner.cookie })).data?.code, "token");
    assert.equal((await refused({ auth: { role: "agent" }, cookie: `konusma=${"A".repeat(43)}` })).data?.code, "login");
  });

  check("beside /chat on one connection: a message and a call at the same time, neither hears the other's events", async () => {
    const visitor = await newVisitor(server);
    const chat = await visitorSocket(server, visitor, { transports });
    const desk = await agentSocket(server, owner, { transports });
    const call = await ringing(server, { visitor: await beside(chat, visitor), agent: await beside(desk, owner), room: visitor.room });
    assert.equal(call.visitor.io.io, chat.io.io, "one connection");
    await chat.say("bir yandan yazıyorum");
    await desk.nextMessage("bir yandan yazıyorum");
    expectOk(await call.agent.emit("accept", { call_id: call.call_id }));
    await call.visitor.next("accepted");
    await flushed(call.visitor, call.agent);
    const events = (socket) => new Set(socket.log.map((a) => a.event));
    for (const phone of [call.visitor, call.agent]) assert.ok(!events(phone).has("message") && !events(phone).has("presence"));
    for (const socket of [chat, desk]) for (const event of ["ring", "accepted"]) assert.ok(!events(socket).has(event), event);
  });

  check("leaving one of them leaves the other as it is", async () => {
    const visitor = await newVisitor(server);
    const chat = await visitorSocket(server, visitor, { transports });
    const phone = await beside(chat, visitor);
    phone.close();
    await chat.say("hâlâ yazıyorum");
    const again = await beside(chat, visitor);
    chat.close();
    const agent = await join(owner);
    const call = await ringing(server, { visitor: again, agent, room: visitor.room });
    assert.equal(call.ring.room, visitor.room);
  });

  check("a refused /call leaves /chat on the same connection alone, and may be tried again", async () => {
    const visitor = await newVisitor(server);
    const chat = await visitorSocket(server, visitor, { transports });
    const error = await new Chat(server, { namespace: NAMESPACE, auth: { token: "falsch" }, beside: chat }).refusal();
    assert.equal(error.data?.code, "token");
    await chat.say("bana bir şey olmadı");
    await flushed(await beside(chat, visitor));
  });

  check("signing out ends that login's /call within a second, alone and beside /chat, and no other's", async () => {
    const kept = await newAgent(server, `veda-${name}`, "Veda");
    const leaving = await signInAgain(kept);
    const desk = await agentSocket(server, leaving, { transports });
    const ending = [await join(leaving), await beside(desk, leaving), desk];
    const staying = await join(kept);
    await settledIn(...ending);
    assert.equal((await leaving.change("POST", "/api/admin/logout")).status, 204);
    await within(Promise.all(ending.map((s) => s.disconnected)), PROMISE_MS, "the closed sockets");
    await flushed(staying);
    assert.equal((await refused({ auth: { role: "agent" }, cookie: leaving.cookie })).data?.code, "login");
  });

  check("revoking a login and disabling an agent end /call within a second", async () => {
    const agent = await newAgent(server, `elif-${name}`, "Elif");
    const other = await signInAgain(agent);
    const [lost, kept] = [await join(other), await join(agent)];
    await settledIn(lost, kept);
    const { login_id } = await other.me();
    assert.equal((await agent.change("DELETE", `/api/admin/logins/${login_id}`)).status, 204);
    await within(lost.disconnected, PROMISE_MS, "the revoked one");
    await flushed(kept);
    const done = await command(["agent", "disable", `elif-${name}`, "--data-dir", server.dir]);
    assert.equal(done.code, 0, done.stderr);
    await within(kept.disconnected, PROMISE_MS, "the disabled one");
  });

  check("erasing a visitor ends his /call within a second", async () => {
    const visitor = await newVisitor(server);
    const phone = await join(visitor);
    await settledIn(phone);
    assert.equal((await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
    await within(phone.disconnected, PROMISE_MS, "the closed socket");
    assert.equal((await refused({ auth: authOf(visitor) })).data?.code, "token");
  });
});

check("a call begun over polling is answered over WebSocket", async () => {
  const visitor = await newVisitor(server);
  const phone = await phoneOf(server, visitor, { transports: ["polling"] });
  const call = await ringing(server, { visitor: phone, agent: await phoneOf(server, owner), room: visitor.room });
  expectOk(await call.agent.emit("accept", { call_id: call.call_id }));
  await phone.next("accepted");
  expectOk(await phone.emit("hangup", { call_id: call.call_id }));
  await endOf(call.agent, call.call_id);
});

check("an event before CONNECT does nothing, and a second CONNECT changes nothing", async () => {
  const visitor = await newVisitor(server);
  const wire = await Wire.chat(server, { token: visitor.token });
  wire.send('42/call,7["call",{"media":"audio"}]');
  const [{ n }] = await query(server.database, `SELECT COUNT(*) AS n FROM calls c JOIN chat_sessions s ON s.id = c.chat_session_id WHERE s.room = '${visitor.room}'`);
  assert.equal(n, 0);
  await wire.enter("/call", { token: visitor.token });
  const other = await newVisitor(server);
  wire.send(`40/call,${JSON.stringify({ token: other.token })}`);
  const { call_id } = expectOk(await wire.event(8, '["call",{"media":"audio"}]', "/call"));
  assert.equal((await callRow(server, call_id)).room, visitor.room, "who he was is who he is");
  expectOk(await wire.event(9, JSON.stringify(["hangup", { call_id }]), "/call"));
  wire.close();
});

check("a visitor may have many tabs, a script is refused", async () => {
  const visitor = await newVisitor(server);
  const tabs = [];
  for (let i = 0; i < 50; i += 1) tabs.push(await phoneOf(server, visitor));
  const error = await new Chat(server, { namespace: NAMESPACE, auth: authOf(visitor) }).refusal();
  assert.equal(error.data?.code, "rate_limited");
  tabs.pop().close();
  expectRefusal(await tabs[0].emit("nonsense", {}), "unknown_event");
});
