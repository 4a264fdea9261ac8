// What a call leaves in its thread: one line, for everybody who reads the thread in whatever way.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk } from "../support/acks.mjs";
import { accepted, callIn, callRow, connected, endAllCalls, endOf, hangUp, phoneOf, ringing, SIDES } from "../support/calls.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, settled, visitorSocket } from "../support/sockets.mjs";

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

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const lineOf = (socket, call_id) => socket.next("message", (m) => m.call?.id === call_id);

overEveryTransport(({ transports }) => {
  for (const by of SIDES) {
    check(`${by}'s call becomes one line with all fields, the same for everybody and in every way to read it`, async () => {
      const visitor = await newVisitor(server);
      const chat = await visitorSocket(server, visitor, { transports });
      const laptop = await visitorSocket(server, visitor, { transports });
      const desk = await agentSocket(server, owner, { transports });
      const { id: last } = await chat.say("önce");
      const call = await connected(server, { visitor, agent: owner, by, media: "video", transports });
      const began = Date.now();
      const { duration_ms } = await hangUp(call);
      const line = await lineOf(chat, call.call_id);
      const { id, client_id, at, ...rest } = line;
      assert.deepEqual(rest, {
        room: visitor.room,
        from: by,
        ...("author" in rest ? { author: "Mehmet" } : {}),
        kind: "call",
        call: { id: call.call_id, caller: by, media: "video", reason: "hangup", duration_ms },
      });
      if (by === "agent") assert.equal(line.author, "Mehmet");
      assert.match(client_id, UUID);
      assert.ok(id > last && at >= began && at <= Date.now(), JSON.stringify(line));
      assert.deepEqual(await lineOf(laptop, call.call_id), line);
      assert.deepEqual(await lineOf(desk, call.call_id), line);
      const { id: next } = await chat.say("sonra");
      assert.ok(next > id);

      const { messages } = expectOk(await chat.emit("history", {}));
      assert.deepEqual(messages[1], line);
      assert.deepEqual(messages.map((m) => m.id), [last, id, next]);
      const page = expectJson(await get(server, "/api/messages", { bearer: visitor.token }));
      assert.deepEqual(page.messages[1], line);
      assert.deepEqual((await owner.transcript(visitor.room))[1], line);
      const resumed = await visitorSocket(server, visitor, { transports, lastId: last });
      assert.deepEqual(await resumed.next("message"), line);
      const back = await agentSocket(server, elif, { transports, lastId: last });
      assert.deepEqual(await lineOf(back, call.call_id), line);
      const exported = expectJson(await owner.get(`/api/admin/sessions/${visitor.room}/export`));
      assert.ok(JSON.stringify(exported).includes(call.call_id), "the export has it");
      await settled(desk, visitor.room, chat, laptop);
      for (const socket of [chat, laptop, desk]) {
        assert.equal(socket.all("message").filter((m) => m.kind === "call" && m.room === visitor.room).length, 1, "once");
      }
      assert.equal((await callRow(server, call.call_id)).message_id, id);
    });
  }
});

check("who answered is the line's author", async () => {
  const visitor = await newVisitor(server);
  const call = await connected(server, { visitor, agent: elif });
  await hangUp(call);
  const [line] = await transcriptOf(visitor, 1);
  assert.deepEqual([line.from, line.author], ["visitor", "Elif"]);
});

/** The thread's messages when there are this many. */
async function transcriptOf({ room }, count) {
  const chat = await agentSocket(server, owner, { lastId: 0 });
  let seen = 0;
  while (seen < count) {
    await chat.next("message", (m) => m.room === room);
    seen += 1;
  }
  chat.close();
  return owner.transcript(room);
}

const ENDINGS = {
  "missed: the visitor gives up": { phase: "ringing", end: (c) => c.caller.emit("hangup", { call_id: c.call_id }), reason: "missed", unanswered: true },
  declined: { phase: "ringing", end: (c) => c.callee.emit("decline", { call_id: c.call_id }), reason: "declined", unanswered: true, alone: true },
  "hung up before there was media": { phase: "accepted", end: (c) => c.caller.emit("hangup", { call_id: c.call_id }), reason: "hangup" },
  failed: { phase: "accepted", end: (c) => c.caller.emit("hangup", { call_id: c.call_id, failed: true }), reason: "failed" },
  "hung up": { phase: "connected", end: (c) => c.callee.emit("hangup", { call_id: c.call_id }), reason: "hangup" },
  lost: { phase: "connected", end: (c) => c.callee.emit("hangup", { call_id: c.call_id, failed: true }), reason: "lost" },
};

for (const [what, { phase, end, reason, unanswered }] of Object.entries(ENDINGS)) {
  check(`a visitor's call, ${what}: ${unanswered ? "waits for an answer like a message, and is unread" : "is an answer"}`, async () => {
    const visitor = await newVisitor(server);
    const chat = await visitorSocket(server, visitor);
    const desk = await agentSocket(server, owner);
    const call = await callIn(phase, server, { visitor, agent: owner });
    const { started_at } = await callRow(server, call.call_id);
    expectOk(await end(call), []);
    const line = await lineOf(chat, call.call_id);
    assert.equal(line.call.reason, reason);
    assert.ok(phase === "connected" || line.call.duration_ms === 0);
    assert.equal(line.author, unanswered ? undefined : "Mehmet");
    const changed = await desk.next("session", (s) => s.room === visitor.room && s.last?.call);
    const thread = await owner.thread(visitor.room);
    assert.deepEqual(thread.last, line);
    assert.deepEqual([changed.waiting_since, changed.unread], [thread.waiting_since, thread.unread], "the desk is told at once");
    if (unanswered) {
      assert.equal(thread.unread, 1);
      assert.ok(Math.abs(thread.waiting_since - started_at) < 1000, `${thread.waiting_since} for ${started_at}`);
      expectOk(await desk.emit("read", { up_to: line.id, room: visitor.room }));
      await eventually("read", async () => (await owner.thread(visitor.room)).unread === 0);
      await desk.say("Aradınız, buyurun", { room: visitor.room });
      assert.equal((await owner.thread(visitor.room)).waiting_since, null);
    } else {
      assert.equal(thread.waiting_since, null);
    }
    const { sessions } = expectJson(await owner.get("/api/admin/sessions?limit=1"));
    assert.equal(sessions[0].room, visitor.room, "it moves to the top");
  });
}

for (const phase of ["ringing", "connected"]) {
  check(`an agent's call that is ${phase === "ringing" ? "not answered" : "answered"} makes nobody wait`, async () => {
    const visitor = await newVisitor(server);
    const chat = await visitorSocket(server, visitor);
    const call = await callIn(phase, server, { visitor, agent: owner, by: "agent" });
    await hangUp(call);
    const line = await lineOf(chat, call.call_id);
    assert.deepEqual([line.from, line.author], ["agent", "Mehmet"]);
    const thread = await owner.thread(visitor.room);
    assert.deepEqual([thread.waiting_since, thread.unread], [null, 0]);
  });
}

check("a message that waits: a missed call changes nothing, an answered one is the answer", async () => {
  const visitor = await newVisitor(server);
  const chat = await visitorSocket(server, visitor);
  const { at } = await chat.say("kimse var mı");
  const missed = await ringing(server, { visitor, agent: owner });
  await hangUp(missed);
  await lineOf(chat, missed.call_id);
  const waiting = await owner.thread(visitor.room);
  assert.deepEqual([waiting.waiting_since, waiting.unread], [at, 2]);
  const answered = await accepted(server, { visitor: missed.visitor, agent: missed.agent, room: visitor.room });
  await hangUp(answered);
  await lineOf(chat, answered.call_id);
  assert.equal((await owner.thread(visitor.room)).waiting_since, null);
});

check("a closed thread is opened again by a missed call of its visitor, with the line that says so before it", async () => {
  const visitor = await newVisitor(server);
  const chat = await visitorSocket(server, visitor);
  await chat.say("ilk");
  await owner.patch(visitor.room, { status: "closed" });
  const call = await ringing(server, { visitor, agent: owner });
  await hangUp(call);
  const line = await lineOf(chat, call.call_id);
  const thread = await owner.thread(visitor.room);
  assert.equal(thread.status, "open");
  assert.deepEqual(thread.last, line);
  const said = (await owner.transcript(visitor.room)).map((m) => [m.from, m.kind, m.text]);
  assert.deepEqual(said, [["visitor", "text", "ilk"], ["system", "text", "closed"], ["system", "text", "reopened"], ["visitor", "call", undefined]]);
  const ids = chat.all("message").map((m) => m.id);
  assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
  await chat.next("session", (s) => s.status === "open");
});

check("an agent's call to a closed thread leaves it closed", async () => {
  const visitor = await newVisitor(server);
  const chat = await visitorSocket(server, visitor);
  await owner.patch(visitor.room, { status: "closed" });
  const call = await ringing(server, { visitor, agent: owner, by: "agent" });
  await hangUp(call);
  await lineOf(chat, call.call_id);
  assert.equal((await owner.thread(visitor.room)).status, "closed");
});

check("several calls and messages between them: ids in the order of ends", async () => {
  const visitor = await newVisitor(server);
  const chat = await visitorSocket(server, visitor);
  const [tab, desk] = [await phoneOf(server, visitor), await phoneOf(server, owner)];
  const expected = [];
  for (let i = 0; i < 8; i += 1) {
    const call = await ringing(server, { visitor: tab, agent: desk, by: SIDES[i % 2], room: visitor.room });
    expected.push((await chat.say(`sözler ${i}`)).id);
    expectOk(await call.caller.emit("hangup", { call_id: call.call_id }));
    await endOf(call.callee, call.call_id);
    const { id, call: told } = await lineOf(chat, call.call_id);
    assert.equal(told.reason, "missed");
    expected.push(id);
  }
  assert.deepEqual(expected, expected.toSorted((a, b) => a - b));
  assert.deepEqual((await owner.transcript(visitor.room)).map((m) => m.id), expected);
});

check("search finds calls by the words people use for them", async () => {
  const visitor = await newVisitor(server, { name: "Aranacak Kişi" });
  const call = await connected(server, { visitor, agent: owner });
  await hangUp(call);
  await transcriptOf(visitor, 1);
  for (const q of ["call", "arama", "görüşme", "gorusme", "çağrı", "cagri", "ÇAĞRI", "ARAMA"]) {
    const page = expectJson(await owner.get(`/api/admin/sessions?q=${encodeURIComponent(q)}&status=all&limit=100`));
    assert.ok(page.sessions.some((t) => t.room === visitor.room), q);
  }
  const page = expectJson(await owner.get("/api/admin/sessions?q=bulunmazki&status=all"));
  assert.deepEqual(page.sessions, []);
});

check("a line of a call can be answered, and cannot be made by hand", async () => {
  const visitor = await newVisitor(server);
  const chat = await visitorSocket(server, visitor);
  const call = await ringing(server, { visitor, agent: owner });
  await hangUp(call);
  const { id } = await lineOf(chat, call.call_id);
  await chat.say("az önce aradım", { reply_to: id });
  const client_id = "00000000-0000-4000-8000-000000000001";
  for (const fields of [{ kind: "call" }, { call: { id: call.call_id } }, { call_id: call.call_id }]) {
    assert.equal((await chat.emit("message", { client_id, text: "x", ...fields })).code, "invalid");
  }
});

check("the end of a call is not told to those who erased it; its line goes with its thread", async () => {
  const visitor = await newVisitor(server);
  const call = await connected(server, { visitor, agent: owner });
  await hangUp(call);
  await transcriptOf(visitor, 1);
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
  assert.equal(await callRow(server, call.call_id), undefined);
  const desk = await agentSocket(server, owner, { lastId: 0 });
  await desk.next("presence");
  assert.ok(!desk.all("message").some((m) => m.room === visitor.room));
});
