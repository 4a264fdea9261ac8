// What is refused, with which code, and that nothing comes of it.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, connected, endAllCalls, endOf, flushed, noticesOf, phoneOf, ringing } from "../support/calls.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
afterEach(endAllCalls);
after(() => server.stop());

const join = (person, options) => phoneOf(server, person, options);
const rows = () => query(server.database, "SELECT * FROM calls ORDER BY id");
const notices = () => query(server.database, "SELECT * FROM outbox ORDER BY id");

/** Refused with `code`; nobody has heard of it, nothing is stored. */
async function refuses(phone, code, args, { event = "call", bystanders = [] } = {}) {
  const before = [await rows(), await notices()];
  expectRefusal(await phone.emit(event, ...args), code);
  await flushed(phone, ...bystanders);
  for (const one of [phone, ...bystanders]) assert.deepEqual(one.log, []);
  assert.deepEqual([await rows(), await notices()], before);
}

check("an agent calls a visitor who is not connected: unreachable; who was but has gone, too", async () => {
  const visitor = await newVisitor(server);
  const desk = await join(owner);
  await refuses(desk, "unreachable", [{ media: "audio", room: visitor.room }]);
  const tab = await join(visitor);
  expectOk(await desk.emit("hangup", { call_id: expectOk(await desk.emit("call", { media: "audio", room: visitor.room })).call_id }));
  tab.close();
  await eventually("the visitor is gone", async () => {
    const ack = await desk.emit("call", { media: "audio", room: visitor.room });
    if (ack.ok) expectOk(await desk.emit("hangup", { call_id: ack.call_id }));
    return ack.code === "unreachable";
  });
});

check("a visitor who writes, and has no phone open, is unreachable", async () => {
  const visitor = await newVisitor(server);
  await visitorSocket(server, visitor);
  await refuses(await join(owner), "unreachable", [{ media: "audio", room: visitor.room }]);
});

check("rooms: an agent must name one that is there, a visitor none but his own", async () => {
  const [visitor, other] = [await newVisitor(server), await newVisitor(server)];
  const [tab, otherTab, desk] = [await join(visitor), await join(other), await join(owner)];
  const bystanders = [otherTab];
  await refuses(desk, "invalid", [{ media: "audio" }], { bystanders });
  for (const room of ["x", "", "0123456789abcdef", "x".repeat(5000)]) await refuses(desk, "room", [{ media: "audio", room }], { bystanders });
  for (const room of [other.room, "x"]) await refuses(tab, "room", [{ media: "audio", room }], { bystanders: [...bystanders, desk] });
  const { call_id } = expectOk(await tab.emit("call", { media: "audio", room: visitor.room }));
  assert.equal((await desk.next("ring")).call_id, call_id);
  expectOk(await tab.emit("hangup", { call_id }));
});

check("a blocked visitor cannot call: blocked; when he is let again he can", async () => {
  const visitor = await newVisitor(server);
  await owner.patch(visitor.room, { blocked: true });
  const [tab, desk] = [await join(visitor), await join(owner)];
  await refuses(tab, "blocked", [{ media: "audio" }], { bystanders: [desk] });
  await owner.patch(visitor.room, { blocked: false });
  await ringing(server, { visitor: tab, agent: desk, room: visitor.room });
});

for (const state of ["ringing", "accepted", "connected"]) {
  check(`blocking a visitor whose call is ${state} ends it at once`, async () => {
    const visitor = await newVisitor(server);
    const call = await { ringing, accepted, connected }[state](server, { visitor, agent: owner });
    await owner.patch(visitor.room, { blocked: true });
    for (const phone of [call.visitor, call.agent]) assert.equal((await endOf(phone, call.call_id)).room, visitor.room);
    expectRefusal(await call.visitor.emit("call", { media: "audio" }), "blocked");
    expectRefusal(await call.agent.emit("accept", { call_id: call.call_id }), "call");
  });
}

overEveryTransport(({ transports }) => {
  const ids = { call_id: "0123456789abcdef" };
  const notObjects = [[], [null], ["merhaba"], [7], [true], [[ids]], [ids, ids], [Buffer.from("bytes")]];
  const wrongIds = [{}, { call_id: 7 }, { call_id: null }, { call_id: ["x"] }, { call_id: { x: 1 } }, { call: "x" }];
  const INVALID = {
    call: [
      {}, { media: "fax" }, { media: "" }, { media: "AUDIO" }, { media: 7 }, { media: null }, { media: ["audio"] }, { media: { audio: true } },
      { media: "audio", room: 7 }, { media: "audio", room: ["x"] }, { media: "audio", call_id: "x" }, { media: "audio", html: "<b>" },
    ],
    accept: [...wrongIds, { ...ids, media: "audio" }],
    decline: [...wrongIds, { ...ids, reason: "x" }],
    hangup: [...wrongIds, { ...ids, failed: "yes" }, { ...ids, failed: 1 }, { ...ids, failed: [] }, { ...ids, duration_ms: 7 }],
    connected: [...wrongIds, { ...ids, at: 7 }],
    resume: [...wrongIds, { ...ids, side: "agent" }],
    signal: [...wrongIds, ids],
  };

  for (const [event, data] of Object.entries(INVALID)) {
    check(`${event} in any other shape: invalid, and the connection lives`, async () => {
      const visitor = await newVisitor(server);
      const [tab, desk] = [await join(visitor, { transports }), await join(owner, { transports })];
      const before = [await rows(), await notices()];
      for (const args of [...notObjects, ...data.map((one) => [one])]) {
        for (const phone of [tab, desk]) {
          const ack = await phone.emit(event, ...args);
          assert.equal(ack.code, "invalid", `${JSON.stringify(args)}: ${JSON.stringify(ack)}`);
          expectRefusal(ack, "invalid");
        }
      }
      await flushed(tab, desk);
      for (const phone of [tab, desk]) assert.deepEqual(phone.log, []);
      assert.deepEqual([await rows(), await notices()], before);
    });
  }

  check("an event that is none of these: unknown_event, whatever it carries; /chat's are none of them", async () => {
    const tab = await join(await newVisitor(server), { transports });
    for (const event of ["nonsense", "", "Call", "ring", "ended", "accepted", "message", "history", "x".repeat(1000), "ğ🌹"]) {
      for (const args of [[], [{}], [7], [ids]]) expectRefusal(await tab.emit(event, ...args), "unknown_event");
    }
  });
});

check("events that want no ack do what they say, and harm nobody when they say nonsense", async () => {
  const visitor = await newVisitor(server);
  const [tab, desk] = [await join(visitor), await join(owner)];
  for (const event of ["call", "accept", "decline", "hangup", "connected", "signal", "resume", "nonsense"]) {
    tab.io.emit(event);
    tab.io.emit(event, { nonsense: true });
  }
  tab.io.emit("call", { media: "audio" });
  const { call_id } = await desk.next("ring");
  desk.io.emit("accept", { call_id });
  await tab.next("accepted");
  tab.io.emit("hangup", { call_id });
  assert.equal((await endOf(desk, call_id)).reason, "hangup");
});

check("what an owner allows holds from the next call on, and is told to visitors", async () => {
  const visitor = await newVisitor(server);
  const [tab, desk] = [await join(visitor), await join(owner)];
  const settings = expectJson(await owner.get("/api/admin/settings"));
  assert.equal(settings.calls, "video", "from the start");
  const allow = async (calls) => {
    assert.equal(expectJson(await owner.change("PUT", "/api/admin/settings", { ...settings, calls })).calls, calls);
    assert.equal(expectJson(await get(server, "/api/info")).calls, calls);
  };
  const tries = async (media, code) => {
    for (const [phone, other, fields] of [[tab, desk, {}], [desk, tab, { room: visitor.room }]]) {
      const ack = await phone.emit("call", { media, ...fields });
      if (code) {
        expectRefusal(ack, code);
      } else {
        expectOk(ack);
        await other.next("ring", (r) => r.call_id === ack.call_id);
        expectOk(await phone.emit("hangup", { call_id: ack.call_id }));
      }
    }
  };
  await tries("video");
  await allow("audio");
  await tries("video", "off");
  await tries("audio");
  const running = await connected(server, { visitor: tab, agent: desk, room: visitor.room });
  await allow("off");
  await flushed(tab, desk);
  const before = await rows();
  expectOk(await running.caller.emit("signal", { call_id: running.call_id, state: { audio: false, video: false, screen: false } }), []);
  expectOk(await running.caller.emit("hangup", { call_id: running.call_id }), []);
  await endOf(desk, running.call_id);
  await tries("audio", "off");
  await tries("video", "off");
  assert.equal((await rows()).length, before.length);
  await allow("video");
  await tries("video");
});

for (const calls of ["on", "", 7, null, true, ["audio"]]) {
  check(`the setting ${JSON.stringify(calls)} is refused and changes nothing`, async () => {
    const settings = expectJson(await owner.get("/api/admin/settings"));
    const answer = await owner.change("PUT", "/api/admin/settings", { ...settings, calls });
    assert.equal(answer.status, 400, answer.text);
    assert.deepEqual(expectJson(await owner.get("/api/admin/settings")), settings);
  });
}

check("who may change it: an owner, and no other agent", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const settings = expectJson(await elif.get("/api/admin/settings"));
  assert.equal((await elif.change("PUT", "/api/admin/settings", { ...settings, calls: "off" })).status, 403);
  assert.equal(expectJson(await get(server, "/api/info")).calls, "video");
});

check("a visitor is erased in the middle of a call: the agent hears the end, nothing of the call is left", async () => {
  for (const state of ["ringing", "connected"]) {
    const visitor = await newVisitor(server);
    const call = await { ringing, connected }[state](server, { visitor, agent: owner });
    if (state === "ringing") assert.deepEqual(await noticesOf(server, call.call_id), ["call_incoming"]);
    assert.equal((await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
    await call.visitor.disconnected;
    assert.equal((await endOf(call.agent, call.call_id)).room, visitor.room);
    for (const table of ["calls WHERE id", "outbox WHERE call_id"]) {
      assert.deepEqual(await query(server.database, `SELECT * FROM ${table} = '${call.call_id}'`), []);
    }
    expectRefusal(await call.agent.emit("resume", { call_id: call.call_id }), "call");
    const next = await ringing(server, { visitor: await newVisitor(server), agent: call.agent });
    expectOk(await call.agent.emit("accept", { call_id: next.call_id }), ["ice_servers", "media"]);
    await endAllCalls();
  }
  assert.equal(expectJson(await get(server, "/debug/memory")).calls_running, 0);
});
