import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, text, visitorSocket } from "../support/sockets.mjs";

const MESSAGES = 500;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

overEveryTransport(({ transports }) => {
  check(`${MESSAGES} messages fired without waiting keep their order everywhere`, async () => {
    const visitor = await newVisitor(server);
    const [phone, laptop] = await Promise.all([
      visitorSocket(server, visitor, { transports }),
      visitorSocket(server, visitor, { transports }),
    ]);
    const agent = await agentSocket(server, owner, { transports });
    const words = Array.from({ length: MESSAGES }, (_, i) => `sıra ${i}`);
    const acks = await Promise.all(words.map((w) => phone.emit("message", text(w))));
    assert.deepEqual(acks.filter((a) => !a.ok), []);
    const ids = acks.map((a) => a.id);
    assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
    await Promise.all([laptop.nextMessage(words.at(-1)), agent.nextMessage(words.at(-1))]);
    assert.deepEqual(laptop.all("message").map((m) => m.text), words);
    assert.deepEqual(agent.all("message").map((m) => m.text), words);
    const stored = await owner.transcript(visitor.room);
    assert.deepEqual(stored.map((m) => m.text), words);
    assert.deepEqual(stored.map((m) => m.id), ids);
  });

  check("two sides talking at once see one and the same order", async () => {
    const visitor = await newVisitor(server);
    const phone = await visitorSocket(server, visitor, { transports });
    const listener = await visitorSocket(server, visitor, { transports });
    const agent = await agentSocket(server, owner, { transports });
    const said = [];
    for (let i = 0; i < 100; i += 1) {
      said.push(phone.emit("message", text(`v${i}`)));
      said.push(agent.emit("message", text(`a${i}`, { room: visitor.room })));
    }
    const acks = await Promise.all(said);
    assert.deepEqual(acks.filter((a) => !a.ok), []);
    const last = Math.max(...acks.map((a) => a.id));
    await listener.next("message", (m) => m.id === last);
    const heard = listener.all("message").map((m) => m.id);
    assert.deepEqual(heard, heard.toSorted((a, b) => a - b));
    assert.deepEqual(heard, (await owner.transcript(visitor.room)).map((m) => m.id));
  });

  check("closing and reopening stand in the same order for everybody, in the middle of a conversation", async () => {
    const visitor = await newVisitor(server);
    const phone = await visitorSocket(server, visitor, { transports });
    const listener = await visitorSocket(server, visitor, { transports });
    const agent = await agentSocket(server, owner, { transports });
    const said = [];
    for (let i = 0; i < 20; i += 1) {
      for (let k = 0; k < 5; k += 1) said.push(phone.emit("message", text(`${i}.${k}`)));
      said.push(owner.patch(visitor.room, { status: i % 2 ? "open" : "closed" }));
    }
    await Promise.all(said);
    const stored = (await owner.transcript(visitor.room)).map((m) => m.id);
    await Promise.all([listener, agent].map((s) => s.next("message", (m) => m.id === stored.at(-1))));
    for (const socket of [listener, agent]) assert.deepEqual(socket.all("message").map((m) => m.id), stored);
  });
});
