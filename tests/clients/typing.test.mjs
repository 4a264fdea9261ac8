import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, settled, visitorSocket } from "../support/sockets.mjs";

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
  async function desk() {
    const visitor = await newVisitor(server);
    return {
      visitor,
      phone: await visitorSocket(server, visitor, { transports }),
      mehmet: await agentSocket(server, owner, { transports }),
      elif: await agentSocket(server, colleague, { transports }),
    };
  }

  check("a visitor's typing is shown to the agents", async () => {
    const { visitor, phone, mehmet, elif } = await desk();
    for (const on of [true, false]) {
      assert.deepEqual(await phone.emit("typing", { on }), { ok: true });
      const expected = { room: visitor.room, from: "visitor", on };
      assert.deepEqual(await mehmet.next("typing"), expected);
      assert.deepEqual(await elif.next("typing"), expected);
    }
    assert.deepEqual(phone.all("typing"), []);
  });

  check("an agent's typing is shown to the visitor and the other agents, with the name", async () => {
    const { visitor, phone, mehmet, elif } = await desk();
    assert.deepEqual(await elif.emit("typing", { on: true, room: visitor.room }), { ok: true });
    const expected = { room: visitor.room, from: "agent", author: "Elif", on: true };
    assert.deepEqual(await phone.next("typing"), expected);
    assert.deepEqual(await mehmet.next("typing"), expected);
    await settled(mehmet, visitor.room, phone, elif);
    assert.deepEqual(elif.all("typing"), [], "not to the one who types");
  });

  check("nothing of it is stored, and nothing reaches another room", async () => {
    const { visitor, phone } = await desk();
    const other = await desk();
    await phone.emit("typing", { on: true });
    await settled(other.mehmet, other.visitor.room, other.phone);
    assert.deepEqual(other.phone.all("typing"), []);
    assert.deepEqual(await owner.transcript(visitor.room), []);
  });

  for (const data of [{}, { on: "yes" }, { on: 1 }, { on: true, off: false }, null, []]) {
    check(`${JSON.stringify(data)} is refused: invalid`, async () => {
      const { visitor, phone, mehmet } = await desk();
      const ack = await phone.emit("typing", data);
      assert.equal(ack.ok, false);
      assert.equal(ack.code, "invalid");
      await settled(mehmet, visitor.room, phone);
      assert.deepEqual(mehmet.all("typing").filter((t) => t.room === visitor.room), []);
    });
  }
});
