import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem, post } from "../support/http.mjs";
import { finishSetup, newAgent, newOwner, PASSWORD } from "../support/people.mjs";
import { command, Server, temporaryDirectory } from "../support/server.mjs";

let server;
before(async () => {
  server = await Server.start();
  await newOwner(server, { username: "mehmet", name: "Mehmet" });
});
after(() => server.stop());

const agent = (args, options) => command(["agent", ...args, "--data-dir", server.dir], options);
const login = (username, password) => post(server, "/api/admin/login", { username, password });

check("list names everybody and what they may do", async () => {
  await newAgent(server, "elif", "Elif");
  const { code, stdout } = await agent(["list"]);
  assert.equal(code, 0);
  assert.match(stdout, /mehmet\b.*owner/);
  assert.match(stdout, /elif\b.*agent/);
});

check("an added owner is an owner", async () => {
  const added = await agent(["add", "ikinci", "--owner"]);
  assert.equal(added.code, 0, added.stderr);
  const second = await finishSetup(server, /#setup=(\S+)/.exec(added.stdout)[1], { username: "ikinci", name: "İkinci" });
  assert.equal((await second.me()).role, "owner");
});

check("a link works once, and the invited may not take another's name", async () => {
  const added = await agent(["add", "deniz"]);
  const [, token] = /#setup=(\S+)/.exec(added.stdout);
  await finishSetup(server, token, { username: "deniz", name: "Deniz" });
  expectProblem(await post(server, "/api/admin/setup", { token }), 410, "link");
});

check("password: the new one holds, the old one does not, and it is never shown", async () => {
  await newAgent(server, "ayla", "Ayla");
  const changed = await agent(["password", "ayla"], { input: "a whole new password\n" });
  assert.equal(changed.code, 0, changed.stderr);
  assert.ok(!(changed.stdout + changed.stderr).includes("a whole new password"));
  expectProblem(await login("ayla", PASSWORD), 401, "credentials");
  expectJson(await login("ayla", "a whole new password"));
});

for (const [what, args, options] of [
  ["a name that is taken", ["add", "mehmet"]],
  ["a name that cannot be one", ["add", "Mehmet Yılmaz"]],
  ["nobody of that name", ["disable", "kimse"]],
  ["a link for nobody", ["login-link", "kimse"]],
  ["a password for nobody", ["password", "kimse"], { input: "long enough password\n" }],
  ["a password that is too short", ["password", "mehmet"], { input: "kisa\n" }],
]) {
  check(`${what}: one sentence and exit code 1`, async () => {
    const { code, stdout, stderr } = await agent(args, options);
    assert.equal(code, 1, stdout + stderr);
    assert.ok(stderr.trim().length > 0);
    assert.doesNotMatch(stderr, /panicked|backtrace|SQLITE|constraint/i);
  });
}

check("without a server running it works on the files", async () => {
  const dir = temporaryDirectory();
  const other = await Server.start({ dir });
  await newOwner(other);
  await other.stop();
  const added = await command(["agent", "add", "gece", "--data-dir", dir]);
  assert.equal(added.code, 0, added.stderr);
  const again = await Server.start({ dir });
  await finishSetup(again, /#setup=(\S+)/.exec(added.stdout)[1], { username: "gece", name: "Gece" });
  await again.stop();
});

check("where there is no data directory, none is made", async () => {
  const { code, stderr } = await command(["agent", "list", "--data-dir", "/tmp/konusma-is-not-here"]);
  assert.notEqual(code, 0);
  assert.ok(stderr.includes("/tmp/konusma-is-not-here"), stderr);
});
