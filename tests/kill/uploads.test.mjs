// SIGKILL at random moments while people send files. What was acked is there, whole, under its hash; nothing else is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after } from "node:test";

import { check } from "../support/check.mjs";
import { DEADLINE_MS, eventually, pause } from "../support/deadline.mjs";
import { pdf } from "../support/documents.mjs";
import { get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { jpeg, png } from "../support/pictures.mjs";
import { Server, temporaryDirectory, UNLIMITED } from "../support/server.mjs";
import { addressOf, file, filesOfRows, send, sha256, storedFiles, storedPath, uploadRows } from "../support/uploads.mjs";
import { seeded } from "./random.mjs";
import { Stubborn } from "./stubborn.mjs";

const ROUNDS = Number(process.env.KONUSMA_KILL_ROUNDS ?? 20);
const SEED = Number(process.env.KONUSMA_KILL_SEED ?? 20251123);
const VISITORS = 6;
const SMALLEST = 1024;
const LARGEST = 3 * 1024 * 1024;
/** One of so many is a picture, which another process decodes. */
const PICTURE_OF = 4;
const ROUND_MS = 500;
/** The sweep after a start. */
const SWEPT_MS = 30_000;
/** As in kill.test.mjs: a client between two transports wakes up with its heartbeat. */
const SETTLE_MS = 60_000;

const dir = temporaryDirectory();
const env = { ...UNLIMITED, KONUSMA_UPLOAD_DAY_MB: "0" };
const random = seeded(SEED);
let server;
const clients = [];
after(async () => {
  for (const client of clients) client.close();
  server?.child.kill("SIGKILL");
  await server?.exited;
});

/** Closed while the server is not there, so that nobody knocks all the time. */
class Gate {
  #open;
  #opened = Promise.resolve();

  close() {
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  open() {
    this.#open?.();
  }

  get opened() {
    return this.#opened;
  }
}

const gate = new Gate();

function nextFile(number) {
  if (number % PICTURE_OF === 0) {
    const [width, height] = [50 + Math.floor(random() * 700), 50 + Math.floor(random() * 700)];
    return number % (2 * PICTURE_OF) ? { name: `${number}.jpg`, bytes: jpeg(width, height), isPicture: true } : { name: `${number}.png`, bytes: png(width, height), isPicture: true };
  }
  // As many small ones as large ones.
  const size = Math.floor(SMALLEST * (LARGEST / SMALLEST) ** random());
  const bytes = Buffer.concat([pdf("", `${number}`), randomBytes(size)]);
  return { name: `${number}.pdf`, bytes, isPicture: false };
}

/** Somebody who sends one file after the other, each as a message, and notes what was acked. */
class Sender {
  acked = [];
  cut = 0;
  faults = [];
  #over = false;

  constructor(who, room, socket) {
    Object.assign(this, { who, room, socket });
    this.done = this.#run();
  }

  async #run() {
    while (!this.#over) {
      await gate.opened;
      const { name, bytes, isPicture } = nextFile(Sender.sent++);
      const answer = await send(server, this.who, file(name, bytes)).catch(() => undefined);
      if (!answer) {
        this.cut += 1;
        continue;
      }
      if (answer.status !== 201) {
        this.faults.push(`${answer.status} ${answer.text}`);
        continue;
      }
      const { id, url, size } = JSON.parse(answer.text);
      this.acked.push({ id, url, size, name, hash: isPicture ? undefined : sha256(bytes), room: this.room });
      this.socket.sendUpload(id, this.who.token ? undefined : this.room);
    }
  }

  stop() {
    this.#over = true;
    return this.done;
  }

  static sent = 1;
}

function connect(options) {
  const client = new Stubborn(server, options);
  clients.push(client);
  return client;
}

/** Every acked file has its row, its bytes lie under their hash, and are served as they came. */
async function verifyAcked(acked) {
  const rows = new Map((await uploadRows(server)).map((row) => [row.id, row]));
  for (const { id, url, size, name, hash } of acked) {
    const row = rows.get(id);
    assert.ok(row, `${name}: acked, and no row`);
    const stored = readFileSync(storedPath(server, addressOf(row.sha256)));
    assert.equal(sha256(stored), row.sha256, `${name}: the bytes are not what their name says`);
    assert.equal(stored.length, size);
    if (row.thumb_sha256) assert.equal(sha256(readFileSync(storedPath(server, addressOf(row.thumb_sha256)))), row.thumb_sha256, `${name}: the small copy`);
    if (hash) assert.equal(row.sha256, hash, `${name}: not what was sent`);
    const served = await get(server, url);
    assert.equal(served.status, 200, `${name}: ${served.text.slice(0, 200)}`);
    assert.equal(sha256(served.bytes), row.sha256, `${name}: served otherwise than stored`);
  }
}

check(
  `${ROUNDS} kills while ${VISITORS} visitors and an agent send files: what was acked is whole, nothing else is left`,
  async () => {
    console.log(`kill: uploads, seed ${SEED}, ${ROUNDS} rounds`);
    server = await Server.start({ dir, env });
    const port = server.port;
    const owner = await newOwner(server);
    const senders = [];
    for (let i = 0; i < VISITORS; i += 1) {
      const visitor = await newVisitor(server, { name: `Müşteri ${i}` });
      senders.push(new Sender(visitor, visitor.room, connect({ auth: { token: visitor.token } })));
    }
    await owner.get("/api/csrf");
    senders.push(new Sender(owner, senders[0].room, connect({ auth: { role: "agent" }, cookie: owner.cookie })));
    const acked = () => senders.flatMap((s) => s.acked);

    let orphans = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (round % 5 === 0) {
        // Also a kill in the middle of starting and sweeping.
        await pause(random() * 50);
      } else {
        const before = acked().length;
        await eventually(`an acked file in round ${round}`, () => acked().length > before);
        await pause(random() * ROUND_MS);
      }
      gate.close();
      await server.kill();
      const left = storedFiles(server);
      server = await Server.start({ dir, port, env });
      owner.server = server;
      // Nobody sends now: what is there is what the last kill left.
      const agrees = async () => JSON.stringify(storedFiles(server)) === JSON.stringify(await filesOfRows(server));
      await eventually(`only files of rows after round ${round}`, agrees, SWEPT_MS);
      orphans += left.filter((name) => !storedFiles(server).includes(name)).length;
      await verifyAcked(acked().slice(-30));
      gate.open();
    }
    await Promise.all(senders.map((s) => s.stop()));
    await eventually("every message is acked", () => clients.every((c) => c.waiting === 0), SETTLE_MS);
    for (const client of clients) assert.deepEqual(client.faults, []);
    for (const { faults } of senders) assert.deepEqual(faults, []);

    await verifyAcked(acked());
    for (const room of new Set(senders.map((s) => s.room))) {
      const said = (await owner.transcript(room)).map((m) => m.upload.id);
      const sent = acked().filter((a) => a.room === room).map((a) => a.id);
      assert.deepEqual(said.toSorted(), sent.toSorted(), "each acked file is in one message");
    }
    const rows = await uploadRows(server);
    const cut = senders.reduce((n, s) => n + s.cut, 0);
    console.log(`kill: ${acked().length} files acked, ${cut} cut off, ${orphans} remains swept, ${rows.length - acked().length} stored without an ack`);
    assert.ok(cut > 0, "no upload was ever cut off: nothing was tested");
    await server.kill();
    const ok = execFileSync("sqlite3", [server.database, "PRAGMA integrity_check"], { encoding: "utf8", timeout: DEADLINE_MS });
    assert.equal(ok.trim(), "ok");
  },
  { timeout: 120_000 + ROUNDS * 8_000 },
);
