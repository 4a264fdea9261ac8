// Nobody answers: after a while agents are told again, after twice that the visitor is told, each once a wait.
import assert from "node:assert/strict";

import { check } from "../support/check.mjs";
import { expectJson, post } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";

const LATE_MS = 5 * 60_000;

const forward = async (server, ms) => expectJson(await post(server, "/debug/clock", { advance_ms: ms }));

const isLate = (message) => message.from === "system" && message.text === "late";

/** A look at who waits has been, which a later visitor's line proves. */
async function looked(server) {
  const witness = await visitorSocket(server, await newVisitor(server));
  await witness.say("tanık");
  await forward(server, 2 * LATE_MS);
  await witness.next("message", isLate);
}

check("the line comes once a wait, to the page, the agents and the transcript; the thread still waits", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const agent = await agentSocket(server, owner);
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  const { at } = await phone.say("kimse var mı?");
  await forward(server, LATE_MS);
  await forward(server, LATE_MS);
  const line = await phone.next("message", isLate);
  assert.deepEqual(line, await agent.next("message", isLate));
  assert.equal(line.kind, "text");
  assert.equal(line.room, visitor.room);
  const changed = await agent.next("session", (s) => s.room === visitor.room && s.last?.id === line.id);
  assert.equal(changed.waiting_since, at);
  assert.equal(changed.visitor_online, true);
  assert.equal(changed.unread, 1);
  await phone.say("hâlâ kimse yok mu?");
  await looked(server);
  assert.equal((await owner.transcript(visitor.room)).filter(isLate).length, 1);

  // An answer ends the wait; the next one is another.
  await agent.say("buyurun", { room: visitor.room });
  await looked(server);
  assert.equal((await owner.transcript(visitor.room)).filter(isLate).length, 1);
  await phone.say("bir şey daha");
  await looked(server);
  assert.equal((await owner.transcript(visitor.room)).filter(isLate).length, 2);
  await server.stop();
});

check("once a wait, too, when the server is killed in between", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  await phone.say("kimse var mı?");
  await forward(server, 2 * LATE_MS);
  await phone.next("message", isLate);
  await server.kill();
  // The new process has the real time again.
  const next = await Server.start({ dir: server.dir });
  owner.server = next;
  await looked(next);
  assert.equal((await owner.transcript(visitor.room)).filter(isLate).length, 1);
  await next.stop();
});

check("closed and blocked threads are left alone", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const rooms = [];
  for (const change of [{ status: "closed" }, { blocked: true }]) {
    const visitor = await newVisitor(server);
    await (await visitorSocket(server, visitor)).say("soru");
    await owner.patch(visitor.room, change);
    rooms.push(visitor.room);
  }
  await looked(server);
  for (const room of rooms) assert.equal((await owner.transcript(room)).filter(isLate).length, 0);
  await server.stop();
});
