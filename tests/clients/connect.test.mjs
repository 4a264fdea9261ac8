import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, Chat, visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

overEveryTransport(({ transports, name }) => {
  const refused = (options) => new Chat(server, { transports, ...options }).refusal();

  check("a visitor is told where he stands, in order", async () => {
    const visitor = await newVisitor(server, { name: "Zeynep" });
    const socket = await visitorSocket(server, visitor, { transports });
    await socket.next("presence");
    assert.deepEqual(socket.log.slice(0, 3), [
      arrival("session", { room: visitor.room, status: "open", name: "Zeynep" }),
      arrival("receipt", { room: visitor.room, by: "agent", delivered_up_to: 0, read_up_to: 0 }),
      arrival("presence", { agents_online: 0 }),
    ]);
    socket.close();
  });

  check("an agent is told how many are here", async () => {
    const socket = await agentSocket(server, owner, { transports });
    assert.deepEqual(await socket.next("presence", (p) => p.agents_online !== undefined), { agents_online: 1 });
    socket.close();
    await eventually("the desk is empty again", async () => {
      const visitor = await visitorSocket(server, await newVisitor(server));
      const { agents_online } = await visitor.next("presence");
      visitor.close();
      return agents_online === 0;
    });
  });

  check("the transport is the one asked for", async () => {
    const socket = await visitorSocket(server, await newVisitor(server), { transports });
    const expected = name === "polling" ? "polling" : "websocket";
    await eventually(`transport ${expected}`, () => socket.transport === expected);
    const ack = await socket.say("still here after the upgrade");
    assert.equal(ack.ok, true);
    socket.close();
  });

  for (const [what, auth] of Object.entries({
    "no auth at all": undefined,
    "an empty auth": {},
    "an unknown token": { token: "0".repeat(43) },
    "an empty token": { token: "" },
  })) {
    check(`a visitor with ${what} is refused: token`, async () => {
      const error = await refused({ auth });
      assert.equal(error.data?.code, "token");
      assert.ok(error.message);
    });
  }

  check("another visitor's room is no token", async () => {
    const { room } = await newVisitor(server);
    assert.equal((await refused({ auth: { token: room } })).data?.code, "token");
  });

  check("an agent without a login is refused: login", async () => {
    assert.equal((await refused({ auth: { role: "agent" } })).data?.code, "login");
    const forged = "konusma=" + "A".repeat(43);
    assert.equal((await refused({ auth: { role: "agent" }, cookie: forged })).data?.code, "login");
  });

  for (const [what, auth] of Object.entries({
    "a token that is a number": { token: 7 },
    "a token that is an object": { token: { $ne: "" } },
    "an unknown role": { role: "root" },
    "an unknown field": { token: "x", admin: true },
    "a negative last_id": { token: "x", last_id: -1 },
    "a last_id that is text": { token: "x", last_id: "1" },
    "a list": ["token"],
  })) {
    check(`${what} is refused: invalid`, async () => {
      assert.equal((await refused({ auth })).data?.code, "invalid");
    });
  }

  check("an unknown namespace is refused: namespace", async () => {
    const { token } = await newVisitor(server);
    assert.equal((await refused({ auth: { token }, namespace: "/nowhere" })).data?.code, "namespace");
    assert.equal((await refused({ auth: { token }, namespace: "/" })).data?.code, "namespace");
  });
});

function arrival(event, data) {
  return { event, data, args: [data] };
}
