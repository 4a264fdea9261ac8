// SIGKILL at random moments while people write. KONUSMA_KILL_ROUNDS and KONUSMA_KILL_SEED ask for more or for the same again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { after } from "node:test";

import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually, pause } from "../support/deadline.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server, temporaryDirectory } from "../support/server.mjs";
import { TRANSPORTS } from "../support/sockets.mjs";
import { seeded } from "./random.mjs";
import { Stubborn } from "./stubborn.mjs";

const ROUNDS = Number(process.env.KONUSMA_KILL_ROUNDS ?? 20);
const SEED = Number(process.env.KONUSMA_KILL_SEED ?? 20251122);
const VISITORS = 20;
/** Between two messages of one person, so that a round is a few hundred messages and not a benchmark. */
const EVERY_MS = 10;
/** Messages of one person that may wait; more would only be a longer queue after each kill. */
const IN_FLIGHT = 8;
const ROUND_MS = 500;
/**
 * engine.io-client stands still when the server dies between the probe of an upgrade and the upgrade itself: polling is
 * paused, nothing is open. The missing heartbeat (25 s, then 20 s of patience) wakes it up.
 */
const SETTLE_MS = 60_000;

const dir = temporaryDirectory();
let server;
const clients = [];
after(async () => {
  for (const client of clients) client.close();
  server?.child.kill("SIGKILL");
  await server?.exited;
});

function connect(options) {
  const client = new Stubborn(server, options);
  clients.push(client);
  return client;
}

const acksOf = (people) => people.reduce((sum, p) => sum + p.sender.acked.length, 0);

async function integrity(database) {
  assert.deepEqual(await query(database, "PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
}

/** As the owner's sqlite3 finds the files right after a kill. On a copy, because looking repairs them. */
async function integrityOfACopy() {
  const copy = temporaryDirectory();
  cpSync(dir, copy, { recursive: true, filter: (from) => !/\.(sock|lock)$/.test(from) });
  const said = execFileSync("sqlite3", [path.join(copy, "data.sqlite3"), "PRAGMA integrity_check"], { encoding: "utf8" });
  assert.equal(said.trim(), "ok");
}

async function storedIn(room) {
  const rows = await query(
    server.database,
    `SELECT m.id, lower(hex(m.client_id)) AS uuid, m.text
       FROM messages m JOIN chat_sessions s ON s.id = m.chat_session_id
      WHERE s.room = '${room}' ORDER BY m.id`,
  );
  return rows.map(({ id, uuid, text }) => ({
    id,
    client_id: uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    text,
  }));
}

check(
  `${ROUNDS} kills while ${VISITORS} visitors write: nothing acked is lost, nothing is double`,
  async (context) => {
    context.diagnostic(`seed ${SEED}`);
    console.log(`kill: seed ${SEED}, ${ROUNDS} rounds`);
    const random = seeded(SEED);
    server = await Server.start({ dir });
    const port = server.port;
    const owner = await newOwner(server);
    const desk = connect({ auth: { role: "agent" }, cookie: owner.cookie });
    const kinds = Object.values(TRANSPORTS);
    const people = [];
    for (let i = 0; i < VISITORS; i += 1) {
      const visitor = await newVisitor(server, { name: `Müşteri ${i}` });
      const auth = { token: visitor.token };
      const transports = kinds[i % kinds.length];
      people.push({ room: visitor.room, said: 0, sender: connect({ auth, transports }), listener: connect({ auth }) });
    }

    let answered = 0;
    const writing = setInterval(() => {
      for (const person of people) {
        if (person.sender.waiting < IN_FLIGHT) person.sender.say(`visitor ${person.said++}`);
      }
      if (desk.waiting < IN_FLIGHT) desk.say(`agent ${answered++}`, people[answered % VISITORS].room);
    }, EVERY_MS);

    for (let round = 1; round <= ROUNDS; round += 1) {
      if (round % 5 === 0) {
        // Also a kill in the middle of starting, recovering and everybody coming back at once.
        await pause(random() * 50);
      } else {
        const before = acksOf(people);
        await eventually(`acks in round ${round}`, () => acksOf(people) > before);
        await pause(random() * ROUND_MS);
      }
      await server.kill();
      if (round % 5 === 0) await integrityOfACopy();
      server = await Server.start({ dir, port });
    }
    clearInterval(writing);

    await eventually("every message is acked", () => desk.waiting + people.reduce((n, p) => n + p.sender.waiting, 0) === 0, SETTLE_MS);
    for (const person of people) {
      person.stored = await storedIn(person.room);
      const last = person.stored.at(-1).id;
      await eventually(`${person.room} is caught up`, () => person.sender.lastId >= last && person.listener.lastId >= last, SETTLE_MS);
    }
    const all = people.flatMap((p) => p.stored).toSorted((a, b) => a.id - b.id);
    await eventually("the desk is caught up", () => desk.lastId >= all.at(-1).id, SETTLE_MS);
    console.log(`kill: ${acksOf(people)} acked by visitors, ${desk.acked.length} by the agent, ${all.length} stored`);

    for (const client of clients) assert.deepEqual(client.faults, []);
    for (const { room, said, sender, listener, stored } of people) {
      assert.equal(new Set(stored.map((m) => m.client_id)).size, stored.length, "stored once");
      const byClientId = new Map(stored.map((m) => [m.client_id, m.id]));
      for (const { client_id, id } of sender.acked) assert.equal(byClientId.get(client_id), id, `acked as ${id}`);
      assert.equal(sender.acked.length, said);
      const own = stored.filter((m) => m.text.startsWith("visitor ")).map((m) => m.text);
      assert.deepEqual(own, Array.from({ length: said }, (_, i) => `visitor ${i}`), "in the order they were sent");
      assert.deepEqual(sender.lines(), stored, `the sender's transcript of ${room}`);
      assert.deepEqual(listener.lines(), stored, `the listener's transcript of ${room}`);
    }
    assert.deepEqual(desk.lines(), all, "the agent's transcript");

    await server.kill();
    await integrityOfACopy();
    server = await Server.start({ dir, port });
    await integrity(server.database);
    assert.equal((await query(server.database, "SELECT COUNT(*) AS n FROM messages"))[0].n, all.length);
  },
  { timeout: 120_000 + ROUNDS * 5_000 },
);
