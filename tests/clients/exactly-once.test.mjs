import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, settled, text, visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

overEveryTransport(({ transports }) => {
  const connect = (visitor) => visitorSocket(server, visitor, { transports });

  async function storedOnce(room, sent) {
    const found = (await owner.transcript(room)).filter((m) => m.client_id === sent.client_id);
    assert.equal(found.length, 1);
    return found[0];
  }

  check("sent again on the same socket: the first one's id and time", async () => {
    const visitor = await newVisitor(server);
    const socket = await connect(visitor);
    const sent = text("bir kez");
    const first = await socket.emit("message", sent);
    assert.equal(first.ok, true);
    assert.deepEqual(await socket.emit("message", sent), first);
    assert.equal((await storedOnce(visitor.room, sent)).id, first.id);
  });

  check("sent again from another socket, and after a reconnect", async () => {
    const visitor = await newVisitor(server);
    const phone = await connect(visitor);
    const sent = text("iki cihaz");
    const first = await phone.emit("message", sent);
    assert.deepEqual(await (await connect(visitor)).emit("message", sent), first);
    phone.close();
    assert.deepEqual(await (await connect(visitor)).emit("message", sent), first);
    await storedOnce(visitor.room, sent);
  });

  check("sent many times at once over two sockets: one row, one id, heard once", async () => {
    const visitor = await newVisitor(server);
    const [one, two, listener] = await Promise.all([connect(visitor), connect(visitor), connect(visitor)]);
    const agent = await agentSocket(server, owner, { transports });
    const sent = text("aynı anda");
    const acks = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).emit("message", sent)),
    );
    for (const ack of acks) assert.deepEqual(ack, acks[0]);
    assert.equal(acks[0].ok, true);
    await storedOnce(visitor.room, sent);
    await settled(agent, visitor.room, one, two, listener);
    const heard = listener.all("message").filter((m) => m.client_id === sent.client_id);
    assert.equal(heard.length, 1);
  });

  check("the second one's words do not replace the first one's", async () => {
    const visitor = await newVisitor(server);
    const socket = await connect(visitor);
    const sent = text("ilk söz");
    const first = await socket.emit("message", sent);
    assert.deepEqual(await socket.emit("message", { ...sent, text: "başka söz" }), first);
    assert.equal((await storedOnce(visitor.room, sent)).text, "ilk söz");
  });

  check("two visitors may happen on the same client_id", async () => {
    const [ayse, veli] = [await newVisitor(server), await newVisitor(server)];
    const sent = text("çakışma");
    const first = await (await connect(ayse)).emit("message", sent);
    const second = await (await connect(veli)).emit("message", sent);
    assert.equal(second.ok, true);
    assert.notEqual(second.id, first.id);
    await storedOnce(ayse.room, sent);
    await storedOnce(veli.room, sent);
  });

  check("an agent's message, too, is stored once", async () => {
    const visitor = await newVisitor(server);
    const agent = await agentSocket(server, owner, { transports });
    const sent = text("bir cevap", { room: visitor.room });
    const acks = await Promise.all([agent.emit("message", sent), agent.emit("message", sent)]);
    assert.equal(acks[0].ok, true);
    assert.deepEqual(acks[1], acks[0]);
    await storedOnce(visitor.room, sent);
  });
});
