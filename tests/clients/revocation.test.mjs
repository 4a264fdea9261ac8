import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { within } from "../support/deadline.mjs";
import { expectJson, expectProblem } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { command, Server } from "../support/server.mjs";
import { agentSocket, Chat, text } from "../support/sockets.mjs";

// What the design promises from the answer to the closed socket.
const PROMISE_MS = 1000;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

overEveryTransport(({ transports, name }) => {
  const deskOf = (agent) => agentSocket(server, agent, { transports });
  const dies = (socket) => within(socket.disconnected, PROMISE_MS, "the closed socket");

  async function isSignedOut(agent) {
    expectProblem(await agent.get("/api/admin/me"), 401, "unauthorized");
    const again = new Chat(server, { auth: { role: "agent" }, cookie: agent.cookie, transports });
    assert.equal((await again.refusal()).data?.code, "login");
  }

  check("signing out closes that login's sockets within a second, and no other's", async () => {
    const kept = await newAgent(server, `veda-${name}`, "Veda");
    const leaving = await signInAgain(kept);
    const [desk, phone, tablet] = [await deskOf(kept), await deskOf(leaving), await deskOf(leaving)];
    assert.equal((await leaving.change("POST", "/api/admin/logout")).status, 204);
    await Promise.all([dies(phone), dies(tablet)]);
    await isSignedOut(leaving);
    const { room } = await newVisitor(server);
    assert.equal((await desk.emit("message", text("buradayım", { room }))).ok, true);
  });

  check("revoking one login closes its sockets within a second", async () => {
    const kept = await newAgent(server, `kayip-${name}`, "Kayıp");
    const lost = await signInAgain(kept);
    const [desk, phone] = [await deskOf(kept), await deskOf(lost)];
    const { login_id } = await lost.me();
    assert.equal((await kept.change("DELETE", `/api/admin/logins/${login_id}`)).status, 204);
    await dies(phone);
    await isSignedOut(lost);
    assert.equal(desk.io.connected, true);
    expectJson(await kept.get("/api/admin/me"));
  });

  check("disabling an agent on the command line closes his sockets within a second", async () => {
    const agent = await newAgent(server, `elif-${name}`, "Elif");
    const desk = await deskOf(agent);
    const done = await command(["agent", "disable", `elif-${name}`, "--data-dir", server.dir]);
    assert.equal(done.code, 0, done.stderr);
    await dies(desk);
    await isSignedOut(agent);
  });
});

check("revoking all other logins leaves only this one", async () => {
  const [kept, lost] = [owner, await signInAgain(owner)];
  const [desk, phone] = [await agentSocket(server, kept), await agentSocket(server, lost)];
  assert.equal((await kept.change("DELETE", "/api/admin/logins")).status, 204);
  await within(phone.disconnected, PROMISE_MS, "the closed socket");
  assert.equal(desk.io.connected, true);
  const { logins } = expectJson(await kept.get("/api/admin/logins"));
  assert.deepEqual(logins.map((l) => l.current), [true]);
});
