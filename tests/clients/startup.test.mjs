import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { get } from "../support/http.mjs";
import { newOwner, newVisitor, PASSWORD } from "../support/people.mjs";
import { command, Server, temporaryDirectory } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { CONFIG, DATA, PORT_TAKEN, refuses } from "../support/startup.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

check("a busy port", async () => {
  const port = String(server.port);
  await refuses(PORT_TAKEN, port, ["--port", port, "--data-dir", temporaryDirectory()]);
});

check("a second server on the same directory names the first one", async () => {
  await refuses(DATA, [server.dir, String(server.pid)], ["--port", "0", "--data-dir", server.dir]);
  assert.equal((await get(server, "/health")).status, 200);
});

check("a directory that cannot be one", async () => {
  const file = path.join(temporaryDirectory(), "taken");
  writeFileSync(file, "I am a file");
  await refuses(DATA, file, ["--port", "0", "--data-dir", file]);
  await refuses(DATA, "/proc/konusma", ["--port", "0", "--data-dir", "/proc/konusma"]);
});

check("a database that is none, is another program's, or is newer is left alone", async () => {
  for (const [what, make] of Object.entries({
    "not a database": async (file) => writeFileSync(file, "not a database at all, just some words".repeat(300)),
    "another program's": (file) => writable(file, "CREATE TABLE recipes (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO recipes VALUES (1, 'baklava');"),
    newer: async (file) => {
      const other = await Server.start();
      await other.stop();
      const [{ user_version }] = await query(other.database, "PRAGMA user_version");
      await writable(other.database, `PRAGMA user_version = ${user_version + 1};`);
      return other.dir;
    },
  })) {
    const dir = temporaryDirectory();
    const file = path.join(dir, "data.sqlite3");
    const where = (await make(file)) ?? dir;
    const before = statSync(path.join(where, "data.sqlite3")).size;
    await refuses(DATA, "data.sqlite3", ["--port", "0", "--data-dir", where]);
    assert.equal(statSync(path.join(where, "data.sqlite3")).size, before, what);
  }
});

function writable(file, sql) {
  execFileSync("sqlite3", [file, sql]);
}

check("every fault of the configuration is told at once", async () => {
  const env = { PORT: "seventy", KONUSMA_ENV: "moon", KONUSMA_TRUSTED_PROXIES: "nowhere", ALLOWED_ORIGINS: "not an origin" };
  await refuses(CONFIG, Object.keys(env), ["--data-dir", temporaryDirectory()], { env });
});

check("rate limits can be switched off only in development", async () => {
  const env = { KONUSMA_RATE_LIMITS: "off" };
  await refuses(CONFIG, "KONUSMA_RATE_LIMITS", ["--port", "0", "--data-dir", temporaryDirectory()], { env });
});

check("a mistyped flag or command explains itself", async () => {
  for (const args of [["serve", "--prot", "1"], ["sreve"]]) {
    const { code, stderr } = await command(args);
    assert.notEqual(code, 0);
    assert.match(stderr, /serve|--port/);
  }
});

check("the data directory is for its owner only", () => {
  assert.equal(statSync(server.dir).mode & 0o777, 0o700);
  for (const name of readdirSync(server.dir)) {
    const found = statSync(path.join(server.dir, name));
    assert.equal(found.mode & 0o077, 0, `${name} ${found.mode.toString(8)}`);
  }
});

check("a fresh directory is made, and an owner can look inside with sqlite3", async () => {
  const dir = path.join(temporaryDirectory(), "a", "b");
  const fresh = await Server.start({ dir });
  await newVisitor(fresh);
  const [{ n }] = await query(fresh.database, "SELECT COUNT(*) AS n FROM chat_sessions");
  assert.equal(n, 1);
  assert.equal((await query(fresh.database, "SELECT COUNT(*) AS n FROM messages"))[0].n, 0);
  assert.equal((await query(fresh.database, "PRAGMA journal_mode"))[0].journal_mode, "wal");
  await fresh.stop();
  assert.ok(existsSync(path.join(dir, "logs", "app.log")));
});

check("the log tells what happened without a word that was said and without a secret", async () => {
  const other = await Server.start();
  const owner = await newOwner(other);
  const visitor = await newVisitor(other, { email: "gizli@example.org" });
  const socket = await visitorSocket(other, visitor);
  await socket.say("gizli sözler");
  const log = readFileSync(path.join(other.dir, "logs", "app.log"), "utf8") + other.log.filter((l) => l.startsWith("err")).join("\n");
  assert.ok(log.length > 0);
  const secrets = ["gizli sözler", "gizli@example.org", visitor.token, PASSWORD, owner.cookie.split("=")[1], owner.account.secret];
  for (const secret of secrets) assert.ok(!log.includes(secret), secret);
  await other.stop();
});
