// What happens between CONNECT and being in a room: the place where sockets get lost, or in twice.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, closeAllSockets, settled, text, visitorSocket } from "../support/sockets.mjs";
import { Wire } from "../support/wire.mjs";

const SOCKETS = 150;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  const phone = await visitorSocket(server, await newVisitor(server));
  await Promise.all(Array.from({ length: 300 }, (_, i) => phone.emit("message", text(`geçmiş ${i}`))));
});
after(() => server.stop());

const connectPacket = (auth) => `40/chat,${JSON.stringify(auth)}`;

/** Sockets that are cut at every moment of their first milliseconds leave nothing behind. */
async function cutWhileJoining(auth, headers) {
  await Promise.all(
    Array.from({ length: SOCKETS }, async (_, i) => {
      const wire = await Wire.open(server, { headers });
      wire.ws.on("error", () => {});
      wire.send(connectPacket(auth));
      setTimeout(() => wire.close(), i % 6);
      await wire.closed;
    }),
  );
}

check("agents who go while they are let in are not counted as here", async () => {
  closeAllSockets();
  await cutWhileJoining({ role: "agent", last_id: 0 }, { Cookie: owner.cookie });
  await eventually("nobody is here", async () => expectJson(await get(server, "/api/info")).agents_online === 0);
});

check("visitors who go while they are let in leave no room behind", async () => {
  closeAllSockets();
  const { token } = await newVisitor(server);
  await cutWhileJoining({ token, last_id: 0 });
  await eventually("no room is left", async () => expectJson(await get(server, "/debug/memory")).room_state_size === 0);
});

for (const [what, packets] of [
  ["in, out, in", ["in", "out", "in"]],
  ["in, in", ["in", "in"]],
  ["in, out, in, out, in", ["in", "out", "in", "out", "in"]],
]) {
  check(`${what}, without waiting: every message is heard once`, async () => {
    const visitor = await newVisitor(server);
    const wire = await Wire.open(server);
    for (const packet of packets) wire.send(packet === "in" ? connectPacket({ token: visitor.token, last_id: 0 }) : "41/chat,");
    await wire.next((p) => p.startsWith('42/chat,["presence"'));
    const other = await visitorSocket(server, visitor);
    const agent = await agentSocket(server, owner);
    await agent.say("bir kez", { room: visitor.room });
    await settled(agent, visitor.room, other);
    await wire.next((p) => p.includes("settled"));
    assert.equal(wire.packets.filter((p) => p.includes("bir kez")).length, 1);
    wire.close();
    other.close();
    await eventually("the room is empty", async () => !expectJson(await get(server, "/debug/memory")).rooms.includes(visitor.room));
    agent.close();
  });
}

check("who comes in as an agent, goes out and is then refused hears nothing", async () => {
  const visitor = await newVisitor(server);
  const wire = await Wire.open(server, { headers: { Cookie: owner.cookie } });
  wire.send(connectPacket({ role: "agent", last_id: 0 }));
  wire.send("41/chat,");
  wire.send(connectPacket({ token: "x".repeat(43) }));
  await wire.next((p) => p.startsWith("44/chat,"));
  const phone = await visitorSocket(server, visitor);
  await phone.say("gizli");
  const agent = await agentSocket(server, owner);
  await settled(agent, visitor.room, phone);
  assert.deepEqual(wire.packets.filter((p) => typeof p === "string" && p.includes("gizli")), []);
  wire.close();
  closeAllSockets();
  await eventually("nobody is here", async () => expectJson(await get(server, "/api/info")).agents_online === 0);
});

check("an event before CONNECT is no event", async () => {
  const visitor = await newVisitor(server);
  const wire = await Wire.open(server);
  wire.ws.on("error", () => {});
  wire.send(`42/chat,1${JSON.stringify(["message", text("izinsiz", { room: visitor.room })])}`);
  const agent = await agentSocket(server, owner);
  await agent.say("tamam", { room: visitor.room });
  assert.deepEqual((await owner.transcript(visitor.room)).map((m) => m.text), ["tamam"]);
  wire.close();
  agent.close();
});
