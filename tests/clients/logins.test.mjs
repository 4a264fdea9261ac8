import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { newAgent, newOwner, signInAgain } from "../support/people.mjs";
import { command, Server } from "../support/server.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

const logins = async (agent) => expectJson(await agent.get("/api/admin/logins")).logins;

check("an agent sees his own logins and which one this is", async () => {
  const other = await signInAgain(owner);
  const listed = await logins(owner);
  assert.equal(listed.length, 2);
  assert.deepEqual(listed.filter((l) => l.current).map((l) => l.id), [(await owner.me()).login_id]);
  for (const login of listed) {
    for (const field of ["id", "current", "user_agent", "address", "created_at", "last_seen_at"]) {
      assert.ok(field in login, field);
    }
    assert.ok(login.last_seen_at >= login.created_at);
  }
  const { login_id } = await other.me();
  assert.equal((await owner.change("DELETE", `/api/admin/logins/${login_id}`)).status, 204);
  expectProblem(await other.get("/api/admin/me"), 401, "unauthorized");
  assert.equal((await logins(owner)).length, 1);
});

check("an agent can neither see nor end another agent's logins", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  const { login_id } = await owner.me();
  assert.ok(!(await logins(elif)).some((l) => l.id === login_id));
  expectProblem(await elif.change("DELETE", `/api/admin/logins/${login_id}`), 404, "not_found");
  expectJson(await owner.get("/api/admin/me"));
});

check("a disabled agent is out and stays out", async () => {
  const agent = await newAgent(server, "deniz", "Deniz");
  assert.equal((await command(["agent", "disable", "deniz", "--data-dir", server.dir])).code, 0);
  expectProblem(await agent.get("/api/admin/me"), 401, "unauthorized");
  await assert.rejects(signInAgain(agent));
});

check("a login survives a restart of the server", async () => {
  const first = await Server.start();
  const agent = await newOwner(first);
  await first.stop();
  const second = await Server.start({ dir: first.dir });
  expectJson(await get(second, "/api/admin/me", { cookie: agent.cookie }));
  await second.stop();
});

check("everything of an agent needs a login", async () => {
  for (const path of ["me", "logins", "sessions", "sessions/xxxxxxxxxxxxxxxx", "sessions/xxxxxxxxxxxxxxxx/messages", "settings"]) {
    expectProblem(await get(server, `/api/admin/${path}`), 401, "unauthorized");
  }
});
