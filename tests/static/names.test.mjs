// On a machine with nothing else installed: a root directory that holds only the program, in namespaces of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { check } from "../support/check.mjs";
import { ROOT } from "../support/server.mjs";

/** Runs a scene of empty-machine.mjs as root of new user and network namespaces. */
async function onEmptyMachine(scene) {
  const inside = path.join(ROOT, "tests/static/empty-machine.mjs");
  const unshare = ["--user", "--map-root-user", "--net", process.execPath, inside, scene];
  const { stdout } = await promisify(execFile)("unshare", unshare).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}${error.stderr}`);
  });
  return JSON.parse(stdout);
}

check("it finds Telegram's host by itself", async () => {
  const { requests, questions, log } = await onEmptyMachine("resolves");
  assert.ok(requests.includes("getMe"), log);
  assert.ok(questions.includes("bot.example.test 1"), JSON.stringify(questions));
});

check("a machine that names no name server is told so", async () => {
  const { requests, log } = await onEmptyMachine("no-resolv-conf");
  assert.deepEqual(requests, []);
  assert.match(log, /cannot find the host: this machine has no \/etc\/resolv\.conf/);
});

check("a name that does not exist is told so", async () => {
  const { requests, log } = await onEmptyMachine("no-such-name");
  assert.deepEqual(requests, []);
  assert.match(log, /cannot find the host: the name servers know no such name/);
});
