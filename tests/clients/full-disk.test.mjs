// A disk that fills up, on a small one made of memory. The chat is what must go on; files come second.
import assert from "node:assert/strict";
import { statfsSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { jpeg } from "../support/pictures.mjs";
import { BINARY, Server, temporaryDirectory, UNLIMITED } from "../support/server.mjs";
import { agentSocket, closeAllSockets, visitorSocket } from "../support/sockets.mjs";
import { file, send, sendMessage, SlowUpload, storedFiles, upload } from "../support/uploads.mjs";

const MIB = 1024 * 1024;
const DISK_MB = 64;

/**
 * A server whose data lie on a file system of {@link DISK_MB}, which nobody else sees and which is gone with the server: a
 * mount name space of its own. Root may have one; everybody else needs to be root in a user name space for it.
 */
async function onSmallDisk(floorMb) {
  const disk = temporaryDirectory();
  const program = path.join(temporaryDirectory(), "small-disk");
  const mount = `mount -t tmpfs -o size=${DISK_MB}m,mode=700 konusma '${disk}' && exec '${BINARY}' "$@"`;
  writeFileSync(program, `#!/bin/sh\nexec unshare ${process.getuid() === 0 ? "" : "--map-root-user "}--mount sh -c ${quoted(mount)} konusma "$@"\n`, { mode: 0o755 });
  const dir = path.join(disk, "data");
  const env = { ...UNLIMITED, KONUSMA_FREE_SPACE_MB: String(floorMb), KONUSMA_UPLOAD_DAY_MB: "0" };
  const server = await Server.start({ dir, binary: program, env });
  // The same files as the server sees them.
  server.dir = path.join("/proc", String(server.pid), "root", dir);
  const { type, blocks, bsize } = statfsSync(server.dir);
  assert.equal(type, 0x01021994, "the data lie on a tmpfs");
  assert.equal(blocks * bsize, DISK_MB * MIB);
  return server;
}

const quoted = (words) => `'${words.replaceAll("'", `'"'"'`)}'`;

const free = (server) => {
  const { bavail, bsize } = statfsSync(server.dir);
  return bavail * bsize;
};

/** Something else on the same disk, so large that only `left` bytes are free. */
class Ballast {
  constructor(server) {
    this.server = server;
    this.file = path.join(server.dir, "..", "ballast");
  }

  leave(left) {
    writeFileSync(this.file, "");
    const size = free(this.server) - left;
    for (let at = 0; at < size; at += MIB) writeFileSync(this.file, Buffer.alloc(Math.min(MIB, size - at)), { flag: "a" });
    assert.ok(Math.abs(free(this.server) - left) < 64 * 1024, `${free(this.server)} free, should be ${left}`);
  }

  remove() {
    truncateSync(this.file);
    unlinkSync(this.file);
  }
}

let made = 0;
const sized = (bytes) => Buffer.concat([pdf("", `number ${made++}`), Buffer.alloc(bytes, "konusma ")]).subarray(0, bytes);

check("a disk under its floor: files are refused with no_space, the chat goes on; with space they are taken again", async () => {
  const floor = 16;
  const server = await onSmallDisk(floor);
  const owner = await newOwner(server);
  const visitor = await newVisitor(server);
  const [phone, desk] = [await visitorSocket(server, visitor), await agentSocket(server, owner)];
  const kept = await upload(server, visitor, "önce.pdf", sized(MIB));
  const before = storedFiles(server);
  const ballast = new Ballast(server);

  ballast.leave((floor - 4) * MIB);
  for (const who of [visitor, owner]) {
    for (const [name, bytes] of [["a.pdf", sized(1000)], ["a.jpg", jpeg()]]) {
      expectProblem(await send(server, who, file(name, bytes)), 507, "no_space");
    }
  }
  assert.deepEqual(storedFiles(server), before, "nothing is left of what was refused");
  for (let i = 0; i < 200; i += 1) await phone.say(`yer yok ama yazıyorum ${i}`);
  await desk.nextMessage("yer yok ama yazıyorum 199");
  assert.equal((await sendMessage(phone, kept)).ok, true, "what is stored can be sent");
  assert.equal((await get(server, kept.url)).status, 200);

  // Above the floor, but not with this file: the space that the chat needs is not given away.
  ballast.leave((floor + 8) * MIB);
  expectProblem(await send(server, visitor, file("büyük.pdf", sized(20 * MIB))), 507, "no_space");
  const slow = await SlowUpload.open(server, visitor);
  await slow.begin("uçsuz.pdf");
  const refused = slow.answered.then(() => true);
  for (let sent = 0; sent < 20 * MIB; sent += MIB) {
    if (await Promise.race([refused, slow.write(Buffer.alloc(MIB, "x")).then(() => false)])) break;
  }
  await slow.end();
  const answer = await slow.answer();
  assert.ok(answer, "an answer, not only a closed connection");
  expectProblem(answer, 507, "no_space");
  slow.vanish();
  assert.deepEqual(storedFiles(server), before);
  assert.ok(free(server) > floor * MIB);

  ballast.remove();
  await eventually("files are taken again", async () => (await send(server, visitor, file("sonra.pdf", sized(2 * MIB)))).status === 201);
  await upload(server, visitor, "sonra.jpg", jpeg());
  await phone.say("oldu");
  assert.equal(expectJson(await get(server, "/health")).ok, true);
  closeAllSockets();
  await server.stop();
});

check("a disk that fills up in the middle of an upload, without a floor: no_space, nothing left, and all is well with space", async () => {
  const server = await onSmallDisk(0);
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  await phone.say("önce");
  const first = await upload(server, visitor, "önce.pdf", sized(MIB));
  const before = storedFiles(server);
  const ballast = new Ballast(server);
  ballast.leave(3 * MIB);
  for (let i = 0; i < 3; i += 1) {
    expectProblem(await send(server, visitor, file("büyük.pdf", sized(10 * MIB))), 507, "no_space");
    await eventually("nothing is left of it", () => JSON.stringify(storedFiles(server)) === JSON.stringify(before));
  }
  assert.ok(free(server) > 2 * MIB, "the space is given back");
  await phone.say("arada");

  // While it is being written, something else takes the rest.
  const slow = await SlowUpload.open(server, visitor);
  await slow.begin("yarım.pdf");
  await slow.write(sized(MIB));
  await eventually("it is being written", () => storedFiles(server).length > before.length);
  ballast.leave(0);
  await slow.write(sized(MIB));
  await slow.end();
  expectProblem(await slow.answer(), 507, "no_space");
  slow.vanish();
  ballast.remove();
  assert.deepEqual(storedFiles(server), before);

  await upload(server, visitor, "sonra.pdf", sized(10 * MIB));
  await phone.say("sonra");
  assert.equal((await get(server, first.url)).bytes.length, MIB);
  closeAllSockets();
  await server.stop();
  assert.deepEqual(server.log.filter((line) => /panicked/.test(line)), []);
});

check("a disk smaller than its floor is for the chat alone", async () => {
  const server = await onSmallDisk(DISK_MB * 2);
  const visitor = await newVisitor(server);
  expectProblem(await send(server, visitor, file("a.txt", "words")), 507, "no_space");
  await (await visitorSocket(server, visitor)).say("yazabiliyorum");
  await server.stop();
});
