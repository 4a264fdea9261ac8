import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, closeAllSockets, settled, visitorSocket } from "../support/sockets.mjs";

// The contract's grace before a visitor counts as gone.
const GRACE_MS = 4000;

let server;
let owner;
let colleague;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  colleague = await newAgent(server, "elif", "Elif");
});
after(() => server.stop());

overEveryTransport(({ transports }) => {
  const phoneOf = (visitor) => visitorSocket(server, visitor, { transports });
  const deskOf = (agent) => agentSocket(server, agent, { transports });
  const online = (room, state) => (p) => p.room === room && p.visitor_online === state;

  /** Every check of this file counts the agents who are here, so the earlier one's must be gone. */
  async function emptyDesk() {
    closeAllSockets();
    const witness = await phoneOf(await newVisitor(server));
    const { agents_online } = await witness.next("presence");
    if (agents_online !== 0) await witness.next("presence", (p) => p.agents_online === 0);
    return witness;
  }

  check("agents learn that a visitor came and, after the grace, that he went", async () => {
    await emptyDesk();
    const agent = await deskOf(owner);
    const visitor = await newVisitor(server);
    const phone = await phoneOf(visitor);
    assert.deepEqual(await agent.next("presence", online(visitor.room, true)), { room: visitor.room, visitor_online: true });
    assert.equal((await owner.thread(visitor.room)).visitor_online, true);
    const laptop = await phoneOf(visitor);
    phone.close();
    await settled(agent, visitor.room, laptop);
    const left = Date.now();
    laptop.close();
    await agent.next("presence", online(visitor.room, false));
    const took = Date.now() - left;
    assert.ok(took >= GRACE_MS - 200 && took < GRACE_MS + 2000, `${took} ms`);
    assert.equal((await owner.thread(visitor.room)).visitor_online, false);
    const told = agent.all("presence").filter((p) => p.room === visitor.room).map((p) => p.visitor_online);
    assert.deepEqual(told, [true, false], "a second socket is no second coming");
  });

  check("a reconnect within the grace is no absence", async () => {
    await emptyDesk();
    const agent = await deskOf(owner);
    const [visitor, other] = [await newVisitor(server), await newVisitor(server)];
    (await phoneOf(visitor)).close();
    const back = await phoneOf(visitor);
    // The other one's absence is announced after the grace that the first one did not use up.
    (await phoneOf(other)).close();
    await agent.next("presence", online(other.room, false));
    await settled(agent, visitor.room, back);
    const told = agent.all("presence").filter((p) => p.room === visitor.room).map((p) => p.visitor_online);
    assert.deepEqual(told, [true]);
  });

  check("everyone learns how many agents are here; one agent's two sockets are one agent", async () => {
    const visitor = await emptyDesk();
    const mehmet = await deskOf(owner);
    assert.deepEqual(await visitor.next("presence", (p) => p.agents_online === 1), { agents_online: 1 });
    const second = await deskOf(owner);
    const elif = await deskOf(colleague);
    await visitor.next("presence", (p) => p.agents_online === 2);
    await mehmet.next("presence", (p) => p.agents_online === 2);
    assert.equal(expectJson(await get(server, "/api/info")).agents_online, 2);
    second.close();
    elif.close();
    await visitor.next("presence", (p) => p.agents_online === 1);
    mehmet.close();
    await visitor.next("presence", (p) => p.agents_online === 0);
    const told = visitor.all("presence").map((p) => p.agents_online);
    assert.ok(!told.includes(3), `${told}`);
  });

  check("a visitor learns nothing about other visitors", async () => {
    const witness = await emptyDesk();
    const agent = await deskOf(owner);
    const visitor = await newVisitor(server);
    await phoneOf(visitor);
    await agent.next("presence", online(visitor.room, true));
    await witness.next("presence", (p) => p.agents_online === 1);
    assert.deepEqual(witness.all("presence").filter((p) => p.room !== undefined), []);
  });
});
