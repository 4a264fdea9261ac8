// The server ends while calls ring and go on: after a restart they are there again, for those who come back in time.
// KONUSMA_KILL_ROUNDS and KONUSMA_KILL_SEED as in kill.test.mjs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, authOf, connected, endOf, hangUp, noticesOf, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { DEADLINE_MS, eventually, pause, within } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket } from "../support/sockets.mjs";
import { Caller } from "./caller.mjs";
import { seeded } from "./random.mjs";

const ROUNDS = Number(process.env.KONUSMA_KILL_ROUNDS ?? 20);
const SEED = Number(process.env.KONUSMA_KILL_SEED ?? 20251124);
const RECONNECT_MS = 20_000;
const LATE_MS = 5_000;
const VISITORS = 12;
/** Between two things that one person does. */
const EVERY_MS = 15;
const ROUND_MS = 400;

const running = async (server) => expectJson(await get(server, "/debug/memory")).calls_running;

/** Every call has ended once and has one line; there is no line without its call. */
async function expectNoneStuck(server) {
  const calls = await query(server.database, "SELECT * FROM calls");
  assert.deepEqual(calls.filter((c) => c.ended_at === null || c.reason === null || c.message_id === null), []);
  assert.equal(new Set(calls.map((c) => c.message_id)).size, calls.length, "a line for each");
  const lines = await query(server.database, "SELECT id FROM messages WHERE kind = 'call' ORDER BY id");
  assert.deepEqual(lines.map((l) => l.id), calls.map((c) => c.message_id).toSorted((a, b) => a - b));
  assert.deepEqual(await query(server.database, "SELECT * FROM outbox WHERE kind = 'call_incoming'"), []);
  for (const { id, started_at, answered_at, connected_at, ended_at, duration_ms } of calls) {
    const times = [started_at, answered_at, connected_at, ended_at].filter((t) => t !== null);
    assert.deepEqual(times, times.toSorted((a, b) => a - b), `${id}: ${times}`);
    // A length is measured by a clock that nobody sets, and rounded apart.
    assert.ok(duration_ms >= 0 && duration_ms <= ended_at - (connected_at ?? ended_at) + 2, `${id}: ${duration_ms}`);
  }
  return calls;
}

async function restarted(server, people) {
  const again = await Server.start({ dir: server.dir, port: server.port });
  for (const person of people) person.server = again;
  return again;
}

async function endBy(signal, server) {
  server.child.kill(signal);
  const { code } = await within(server.exited, DEADLINE_MS, `the end by ${signal}`);
  if (signal === "SIGTERM") assert.equal(code, 0, server.logTail());
}

describe("calls outlive the server", { concurrency: true }, () => {
  for (const signal of ["SIGKILL", "SIGTERM"]) {
    check(`${signal}: who comes back goes on; who does not is lost, once`, () => storyOf(signal), { timeout: 120_000 });
  }
});

async function storyOf(signal) {
  let server = await Server.start();
  const owner = await newOwner(server);
  const agents = [];
  for (const name of ["ali", "burak", "ceren", "derya", "ebru"]) agents.push(await newAgent(server, name, name));
  const [ali, burak, ceren, derya, ebru] = agents;
  const visitors = {};
  const begin = async (name, state, options) => {
    visitors[name] = await newVisitor(server, { name });
    return state(server, { visitor: visitors[name], ...options });
  };
  const calls = {
    both: await begin("both", connected, { agent: ali, media: "video" }),
    neither: await begin("neither", connected, { agent: burak }),
    one: await begin("one", connected, { agent: ceren, by: "agent" }),
    answered: await begin("answered", accepted, { agent: derya }),
    outgoing: await begin("outgoing", ringing, { agent: ebru, by: "agent" }),
    ringing: await begin("ringing", ringing, { agent: owner }),
    abandoned: await begin("abandoned", ringing, { agent: owner }),
    over: await begin("over", ringing, { agent: owner }),
  };
  await hangUp(calls.over);
  const talked = Date.now();
  await pause(1_000);
  await endBy(signal, server);
  const down = Date.now();

  server = await restarted(server, [owner, ...agents]);
  const up = Date.now();
  const join = (person) => phoneOf(server, person);
  const resume = async (person, call) => {
    const phone = await join(person);
    return { phone, ...expectOk(await phone.emit("resume", { call_id: call.call_id })) };
  };
  assert.equal(await running(server), 7);

  // Both sides of a talk.
  const tab = await resume(visitors.both, calls.both);
  assert.deepEqual([tab.state, tab.media, tab.caller, tab.peer_online], ["connected", "video", "visitor", false]);
  expectRefusal(await tab.phone.emit("signal", { call_id: calls.both.call_id, state: { audio: true, video: true, screen: false } }), "peer");
  const desk = await resume(ali, calls.both);
  assert.deepEqual([desk.state, desk.peer_online], ["connected", true]);
  assert.deepEqual(await tab.phone.next("peer"), { call_id: calls.both.call_id, online: true });
  const signal_ = { call_id: calls.both.call_id, state: { audio: true, video: true, screen: false } };
  expectOk(await desk.phone.emit("signal", signal_));
  assert.deepEqual(await tab.phone.next("signal"), signal_);

  // A call that was answered, and had no media yet.
  const [answeredTab, answeredDesk] = [await resume(visitors.answered, calls.answered), await resume(derya, calls.answered)];
  assert.deepEqual([answeredTab.state, answeredDesk.state], ["accepted", "accepted"]);
  expectOk(await answeredDesk.phone.emit("connected", { call_id: calls.answered.call_id }));

  // Calls that rang ring again, and are answered.
  const free = await join(owner);
  const rings = [await free.next("ring"), await free.next("ring")].map((r) => r.call_id).toSorted();
  assert.deepEqual(rings, [calls.ringing.call_id, calls.abandoned.call_id].toSorted());
  const caller = await resume(visitors.ringing, calls.ringing);
  assert.deepEqual([caller.state, caller.caller], ["ringing", "visitor"]);
  expectOk(await free.emit("accept", { call_id: calls.ringing.call_id }));
  assert.equal((await caller.phone.next("accepted")).by, owner.account.name);
  const rung = await join(visitors.outgoing);
  assert.equal((await rung.next("ring")).call_id, calls.outgoing.call_id);
  const dialling = await resume(ebru, calls.outgoing);
  assert.equal(dialling.state, "ringing");
  expectOk(await rung.emit("accept", { call_id: calls.outgoing.call_id }));
  await dialling.phone.next("accepted");

  // One side, and nobody.
  const alone = await resume(visitors.one, calls.one);
  const stranger = await join(visitors.over);
  for (const call of Object.values(calls)) expectRefusal(await stranger.emit("resume", { call_id: call.call_id }), "call");
  const late = await endOf(alone.phone, calls.one.call_id, RECONNECT_MS + LATE_MS);
  assert.equal(late.reason, "lost");
  assert.ok(Date.now() - up > RECONNECT_MS - 1_000, "not before its time");
  await eventually("those who did not come back are lost", async () => (await running(server)) === 4, LATE_MS);
  expectRefusal(await (await join(burak)).emit("resume", { call_id: calls.neither.call_id }), "call");

  // The others have gone on all the while.
  expectOk(await tab.phone.emit("hangup", { call_id: calls.both.call_id }));
  const ended = await endOf(desk.phone, calls.both.call_id);
  assert.ok(ended.duration_ms >= Date.now() - talked - 3_000, `${ended.duration_ms}: the whole talk counts`);
  for (const [phone, call] of [[answeredTab.phone, calls.answered], [caller.phone, calls.ringing], [dialling.phone, calls.outgoing]]) {
    expectOk(await phone.emit("hangup", { call_id: call.call_id }));
  }
  await eventually("all is over", async () => (await query(server.database, "SELECT id FROM calls WHERE ended_at IS NULL")).length === 0);

  const rows = new Map((await expectNoneStuck(server)).map((row) => [row.id, row]));
  const reasonOf = (name) => rows.get(calls[name].call_id).reason;
  assert.deepEqual(
    Object.keys(calls).map((name) => [name, reasonOf(name)]),
    [["both", "hangup"], ["neither", "lost"], ["one", "lost"], ["answered", "hangup"], ["outgoing", "hangup"], ["ringing", "hangup"], ["abandoned", "missed"], ["over", "missed"]],
  );
  assert.deepEqual(await noticesOf(server, calls.abandoned.call_id), ["call_missed"]);
  const lost = rows.get(calls.neither.call_id);
  // It is known to within 15 s when the server that carried it was last there.
  assert.ok(lost.duration_ms <= down - talked + 2_000, `${lost.duration_ms}: the time nobody was there is no talk`);
  const history = await owner.transcript(visitors.neither.room);
  assert.deepEqual(history.map((m) => [m.kind, m.call.id, m.call.reason]), [["call", calls.neither.call_id, "lost"]]);

  // One more restart finds nothing to do.
  const lines = await query(server.database, "SELECT * FROM messages ORDER BY id");
  await server.kill();
  server = await restarted(server, [owner]);
  assert.equal(await running(server), 0);
  assert.deepEqual(await query(server.database, "SELECT * FROM messages ORDER BY id"), lines);
  await server.stop();
}

check(
  `${ROUNDS} kills while people call each other: no call is forgotten, doubled or stuck`,
  async () => {
    console.log(`kill: calls, seed ${SEED}, ${ROUNDS} rounds`);
    const random = seeded(SEED);
    let server = await Server.start();
    const owner = await newOwner(server);
    const agents = [owner, await newAgent(server, "ali", "Ali"), await newAgent(server, "burak", "Burak")];
    const visitors = [];
    for (let i = 0; i < VISITORS; i += 1) visitors.push(await newVisitor(server, { name: `Müşteri ${i}` }));
    const callers = [...agents, ...visitors].map(
      (person) => new Caller(server, { auth: authOf(person), cookie: person.cookie, room: person.room, random }),
    );
    const acting = new Set();
    const life = setInterval(() => {
      for (const caller of callers) {
        if (acting.has(caller)) continue;
        acting.add(caller);
        caller.act(visitors[Math.floor(random() * visitors.length)].room).finally(() => acting.delete(caller));
      }
    }, EVERY_MS);
    const begun = () => callers.flatMap((c) => c.begun);
    try {
      for (let round = 1; round <= ROUNDS; round += 1) {
        if (round % 5 === 0) {
          await pause(random() * 50);
        } else {
          const before = begun().length;
          // Who did not hear the ack of a call is in it without knowing, until it is lost.
          await eventually(`a call in round ${round}`, () => begun().length > before, RECONNECT_MS + LATE_MS);
          await pause(random() * ROUND_MS);
        }
        await server.kill();
        server = await restarted(server, agents);
      }
    } finally {
      clearInterval(life);
    }
    await eventually("everybody has done what he was doing", () => acting.size === 0);
    await Promise.all(callers.map((caller) => caller.hangUp()));
    await eventually("the last call is over", async () => (await running(server)) === 0, RECONNECT_MS + LATE_MS);
    await eventually("and on disk", async () => (await query(server.database, "SELECT id FROM calls WHERE ended_at IS NULL")).length === 0);
    for (const caller of callers) caller.close();

    for (const caller of callers) assert.deepEqual(caller.faults, []);
    const rows = new Map((await expectNoneStuck(server)).map((row) => [row.id, row]));
    const acked = begun();
    assert.equal(new Set(acked).size, acked.length);
    for (const id of acked) assert.ok(rows.has(id), `${id} was acked, and is not there`);
    const told = new Map(callers.flatMap((c) => [...c.ended]));
    const otherwise = [...told].filter(([id, { reason }]) => rows.get(id)?.reason !== reason);
    // Told, and not on disk yet when the server died: it has come back and was lost, or missed.
    for (const [id] of otherwise) assert.ok(["lost", "missed", "hangup"].includes(rows.get(id).reason), id);
    const desk = await agentSocket(server, owner, { lastId: 0 });
    await desk.next("presence");
    const lines = desk.all("message").filter((m) => m.kind === "call");
    assert.deepEqual(lines.map((m) => m.call.id).toSorted(), [...rows.keys()].toSorted(), "each is told once");
    const reasons = {};
    for (const { reason } of rows.values()) reasons[reason] = (reasons[reason] ?? 0) + 1;
    console.log(`kill: ${rows.size} calls, ${acked.length} acked, ${otherwise.length} told otherwise than stored; ${JSON.stringify(reasons)}`);
    await server.kill();
    const ok = execFileSync("sqlite3", [server.database, "PRAGMA integrity_check"], { encoding: "utf8" });
    assert.equal(ok.trim(), "ok");
  },
  { timeout: 120_000 + ROUNDS * 5_000 },
);
