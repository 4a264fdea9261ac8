// What can be wrong with the database's file, before a start, in the middle of one, and while the server runs.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import { check } from "../support/check.mjs";
import { DEADLINE_MS, eventually, within } from "../support/deadline.mjs";
import { get, post } from "../support/http.mjs";
import { newVisitor } from "../support/people.mjs";
import { BINARY, command, Server, temporaryDirectory } from "../support/server.mjs";
import { closeAllSockets, text, visitorSocket } from "../support/sockets.mjs";

const DATA = 2;
const FILE = "data.sqlite3";

/** The directory of a server that has run and stopped. */
async function used() {
  const dir = temporaryDirectory();
  const server = await Server.start({ dir });
  await server.stop();
  return dir;
}

function assertRefused({ code, stderr, stdout }, ...words) {
  assert.equal(code, DATA, stderr + stdout);
  for (const word of words) assert.ok(stderr.includes(word), `${word} in: ${stderr}`);
  assert.equal(stdout, "");
}

check("a database that is refused gets nothing beside it", async () => {
  for (const [words, make] of [
    ["not an SQLite database", (file) => writeFileSync(file, "just some words".repeat(300))],
    ["another program", (file) => execFileSync("sqlite3", [file, "CREATE TABLE recipes (name TEXT)"])],
    ["newer", (file) => made(file, "PRAGMA user_version = 1000")],
    ["chat_sessions", (file) => made(file, "ALTER TABLE chat_sessions DROP COLUMN time_zone")],
    ["is a link to /nowhere/at-all", (file) => symlinkSync("/nowhere/at-all", file)],
  ]) {
    const dir = temporaryDirectory();
    await make(path.join(dir, FILE));
    assertRefused(await command(["serve", "--port", "0", "--data-dir", dir]), FILE, words);
    assert.deepEqual(readdirSync(dir), [FILE], words);
  }
});

async function made(file, sql) {
  const dir = await used();
  renameSync(path.join(dir, FILE), file);
  execFileSync("sqlite3", [file, sql]);
}

check("a directory in the place of the database is called one", async () => {
  const dir = temporaryDirectory();
  execFileSync("mkdir", [path.join(dir, FILE)]);
  assertRefused(await command(["serve", "--port", "0", "--data-dir", dir]), "is a directory");
});

check("a damaged key is a fault of the data", async () => {
  const dir = await used();
  writeFileSync(path.join(dir, "secret.key"), "half a k");
  assertRefused(await command(["serve", "--port", "0", "--data-dir", dir]), "secret.key", "damaged");
});

check("a database that may only be read is refused with what to type", async () => {
  const dir = await used();
  // Root may write anything: then it is tried as nobody, with a copy of the program where nobody may run it.
  const isRoot = process.getuid() === 0;
  const program = isRoot ? path.join(dir, "konusma") : BINARY;
  const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};
  if (isRoot) {
    execFileSync("cp", [BINARY, program]);
    execFileSync("chown", ["-R", "65534:65534", dir]);
  }
  chmodSync(path.join(dir, FILE), 0o400);
  const answer = await new Promise((resolve) => {
    const args = ["serve", "--port", "0", "--data-dir", dir];
    execFile(program, args, { ...nobody, cwd: dir, env: {}, timeout: DEADLINE_MS }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
  });
  assertRefused(answer, `chmod u+rw ${path.join(dir, FILE)}`);
});

check("a first start on a full disk leaves nothing that the next one minds", async () => {
  let failed = 0;
  for (let blocks = 1; blocks <= 512; blocks *= 2) {
    const dir = path.join(temporaryDirectory(), "data");
    // No file may grow over so many blocks of 512 bytes: as on a full disk, writing fails half-way.
    const limited = script(`trap "" XFSZ; ulimit -f ${blocks}`);
    const server = await Server.start({ dir, binary: limited }).catch(() => undefined);
    if (server === undefined) failed += 1;
    else await server.kill();
    if (!existsSync(path.join(dir, FILE))) {
      const left = existsSync(dir) ? readdirSync(dir).filter((name) => name.startsWith(FILE)) : [];
      assert.deepEqual(left, [], `${blocks} blocks`);
    }
    const next = await Server.start({ dir });
    assert.equal((await get(next, "/health")).status, 200, `${blocks} blocks`);
    await next.stop();
  }
  assert.ok(failed >= 5, `the limit stopped ${failed} starts`);
});

/** A program that starts the server under other circumstances. */
function script(circumstances) {
  const file = path.join(temporaryDirectory(), "limited");
  writeFileSync(file, `#!/bin/sh\n${circumstances}\nexec '${BINARY}' "$@"\n`, { mode: 0o755 });
  return file;
}

for (const [what, harm] of [
  ["removed", (server) => readdirSync(server.dir).filter((name) => name.startsWith(FILE)).forEach((name) => rmSync(path.join(server.dir, name)))],
  ["moved away", (server) => renameSync(server.database, `${server.database}.old`)],
  [
    "replaced",
    (server) => {
      writeFileSync(`${server.database}.copy`, readFileSync(server.database));
      renameSync(`${server.database}.copy`, server.database);
    },
  ],
]) {
  check(`a database that is ${what} while the server runs: nobody hears ok, and everybody who asks hears why`, async () => {
    const dir = temporaryDirectory();
    const server = await Server.start({ dir });
    const phone = await visitorSocket(server, await newVisitor(server));
    await phone.say("selam");
    harm(server);
    const ack = await within(new Promise((resolve) => phone.io.emit("message", text("hâlâ orada mısınız?"), resolve)), DEADLINE_MS, "an ack");
    assert.equal(ack.ok, false, JSON.stringify(ack));
    assert.notEqual((await post(server, "/api/session", { name: "Ayşe" })).status, 201);
    const health = await get(server, "/health");
    assert.equal(health.status, 503, health.text);
    assert.deepEqual(JSON.parse(health.text).findings.map((finding) => finding.code), ["database_gone"]);
    closeAllSockets();
    server.child.kill("SIGTERM");
    const { code } = await within(server.exited, DEADLINE_MS, "the end");
    assert.equal(code, DATA, server.logTail());
    assert.equal(server.log.filter((line) => line.includes("removed or replaced while it was in use")).length, 1, server.logTail());
  });
}

check("a removed database is noticed while nobody writes", async () => {
  const server = await Server.start();
  rmSync(server.database);
  const said = () => server.log.some((line) => line.includes("removed or replaced while it was in use"));
  await eventually("a line in the log", said);
  await server.kill();
});
