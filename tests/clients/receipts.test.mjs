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
  const phoneOf = (visitor, rest) => visitorSocket(server, visitor, { transports, ...rest });
  const deskOf = (agent) => agentSocket(server, agent, { transports });
  const of = (room, by, field, id) => (r) => r.room === room && r.by === by && r[field] === id;

  check("an agent sees his message delivered, then read", async () => {
    const visitor = await newVisitor(server);
    const phone = await phoneOf(visitor);
    const [mehmet, elif] = [await deskOf(owner), await deskOf(colleague)];
    const { id } = await mehmet.say("buyurun", { room: visitor.room });
    await mehmet.next("receipt", of(visitor.room, "visitor", "delivered_up_to", id));
    await elif.next("receipt", of(visitor.room, "visitor", "delivered_up_to", id));
    assert.deepEqual(await phone.emit("read", { up_to: id }), { ok: true });
    await mehmet.next("receipt", of(visitor.room, "visitor", "read_up_to", id));
    await elif.next("receipt", of(visitor.room, "visitor", "read_up_to", id));
    const thread = await owner.thread(visitor.room);
    assert.equal(thread.visitor_delivered_up_to, id);
    assert.equal(thread.visitor_read_up_to, id);
  });

  check("a message to somebody who is away is not delivered until he is back", async () => {
    const visitor = await newVisitor(server);
    const phone = await phoneOf(visitor);
    const { id: seen } = await phone.say("gidiyorum");
    phone.close();
    const mehmet = await deskOf(owner);
    await mehmet.next("presence", (p) => p.room === visitor.room && p.visitor_online === false);
    const { id } = await mehmet.say("döndüğünüzde okursunuz", { room: visitor.room });
    assert.ok((await owner.thread(visitor.room)).visitor_delivered_up_to < id);
    await phoneOf(visitor, { lastId: seen });
    await mehmet.next("receipt", of(visitor.room, "visitor", "delivered_up_to", id));
  });

  check("a visitor sees his message delivered when an agent is there, and read when an agent read it", async () => {
    const visitor = await newVisitor(server);
    const [mehmet, elif] = [await deskOf(owner), await deskOf(colleague)];
    const [phone, laptop] = [await phoneOf(visitor), await phoneOf(visitor)];
    const { id } = await phone.say("orada mısınız?");
    await phone.next("receipt", of(visitor.room, "agent", "delivered_up_to", id));
    assert.deepEqual(await mehmet.emit("read", { up_to: id, room: visitor.room }), { ok: true });
    await phone.next("receipt", of(visitor.room, "agent", "read_up_to", id));
    await laptop.next("receipt", of(visitor.room, "agent", "read_up_to", id));
    await elif.next("receipt", of(visitor.room, "agent", "read_up_to", id));
    const thread = await owner.thread(visitor.room);
    assert.equal(thread.agent_read_up_to, id);
    assert.equal(thread.unread, 0);
  });

  check("a later CONNECT starts from the same receipts", async () => {
    const visitor = await newVisitor(server);
    const mehmet = await deskOf(owner);
    const phone = await phoneOf(visitor);
    const { id } = await phone.say("kalıcı mı?");
    await mehmet.emit("read", { up_to: id, room: visitor.room });
    await phone.next("receipt", of(visitor.room, "agent", "read_up_to", id));
    const again = await phoneOf(visitor);
    const receipt = { room: visitor.room, by: "agent", delivered_up_to: id, read_up_to: id };
    assert.deepEqual(await again.next("receipt"), receipt);
  });

  check("a receipt never goes back, and never past the last message", async () => {
    const visitor = await newVisitor(server);
    const [phone, mehmet] = [await phoneOf(visitor), await deskOf(owner)];
    const first = await mehmet.say("bir", { room: visitor.room });
    const second = await mehmet.say("iki", { room: visitor.room });
    await phone.emit("read", { up_to: second.id });
    await mehmet.next("receipt", of(visitor.room, "visitor", "read_up_to", second.id));
    assert.equal((await phone.emit("read", { up_to: first.id })).ok, true);
    await phone.emit("read", { up_to: second.id + 1_000_000 });
    const third = await mehmet.say("üç", { room: visitor.room });
    await phone.emit("read", { up_to: third.id });
    await mehmet.next("receipt", of(visitor.room, "visitor", "read_up_to", third.id));
    const mine = mehmet.all("receipt").filter((r) => r.room === visitor.room && r.by === "visitor");
    for (const field of ["read_up_to", "delivered_up_to"]) {
      const values = mine.map((r) => r[field]).filter((v) => v !== undefined);
      assert.deepEqual(values, values.toSorted((a, b) => a - b), field);
      assert.ok(values.every((v) => v <= third.id), `${field}: ${values}`);
    }
    assert.equal((await owner.thread(visitor.room)).visitor_read_up_to, third.id);
  });

  check("a flood of reads is told in few receipts", async () => {
    const visitor = await newVisitor(server);
    const [phone, mehmet] = [await phoneOf(visitor), await deskOf(owner)];
    const sent = [];
    for (let i = 0; i < 100; i += 1) sent.push((await mehmet.say(`${i}`, { room: visitor.room })).id);
    const before = mehmet.all("receipt").length;
    await Promise.all(sent.map((id) => phone.emit("read", { up_to: id })));
    await mehmet.next("receipt", of(visitor.room, "visitor", "read_up_to", sent.at(-1)));
    assert.ok(mehmet.all("receipt").length - before < 50, "coalesced");
  });

  for (const data of [{}, { up_to: "1" }, { up_to: -1 }, { up_to: 1.5 }, { up_to: 1, all: true }, null]) {
    check(`read ${JSON.stringify(data)} is refused: invalid`, async () => {
      const visitor = await newVisitor(server);
      const [phone, mehmet] = [await phoneOf(visitor), await deskOf(owner)];
      await mehmet.say("okunmadı", { room: visitor.room });
      const ack = await phone.emit("read", data);
      assert.equal(ack.ok, false);
      assert.equal(ack.code, "invalid");
      await settled(mehmet, visitor.room, phone);
      assert.equal((await owner.thread(visitor.room)).visitor_read_up_to, 0);
    });
  }
});
