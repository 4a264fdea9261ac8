// `open`: an agent's page says which thread it shows. What that is good for, the tests of notices show.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { expectRefusal } from "../support/acks.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

overEveryTransport(({ transports }) => {
  check("a thread is opened whether its visitor is there or not, and closed with null", async () => {
    const agent = await agentSocket(server, owner, { transports });
    const visitor = await newVisitor(server);
    assert.deepEqual(await agent.emit("open", { room: visitor.room }), { ok: true });
    await visitorSocket(server, visitor, { transports });
    assert.deepEqual(await agent.emit("open", { room: visitor.room }), { ok: true });
    assert.deepEqual(await agent.emit("open", { room: null }), { ok: true });
  });

  check("no such room, another shape, a visitor: refused", async () => {
    const agent = await agentSocket(server, owner, { transports });
    expectRefusal(await agent.emit("open", { room: "nowhere000000000" }), "room");
    for (const data of [{}, { room: 7 }, { room: "a", on: true }, null, []]) {
      expectRefusal(await agent.emit("open", data), "invalid");
    }
    const visitor = await newVisitor(server);
    const phone = await visitorSocket(server, visitor, { transports });
    expectRefusal(await phone.emit("open", { room: visitor.room }), "unknown_event");
  });
});
