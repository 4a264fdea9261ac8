import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, text, visitorSocket } from "../support/sockets.mjs";

// More than any page and any reasonable queue of one socket.
const MISSED = 1200;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

async function talk(socket, count, prefix, rest) {
  const acks = await Promise.all(
    Array.from({ length: count }, (_, i) => socket.emit("message", text(`${prefix}${i}`, rest))),
  );
  assert.deepEqual(acks.filter((a) => !a.ok), []);
  return acks.map((a) => a.id);
}

const ids = (socket) => socket.all("message").map((m) => m.id);

overEveryTransport(({ transports }) => {
  check("a visitor gets exactly what he missed, before anything new", async () => {
    const visitor = await newVisitor(server);
    const first = await visitorSocket(server, visitor, { transports });
    const agent = await agentSocket(server, owner);
    const { id: seen } = await first.say("son gördüğüm");
    first.close();
    const missed = await talk(agent, MISSED, "kaçan ", { room: visitor.room });
    // The agent goes on talking while the visitor comes back: the seam between old and new is where things get lost.
    const talking = talk(agent, 300, "yeni ", { room: visitor.room });
    const back = await visitorSocket(server, visitor, { transports, lastId: seen });
    const fresh = await talking;
    await back.next("message", (m) => m.id === fresh.at(-1));
    await back.next("session");
    assert.deepEqual(ids(back), [...missed, ...fresh]);
    const firstOther = back.log.findIndex((a) => a.event !== "message");
    assert.equal(back.log[firstOther].event, "session");
    assert.ok(firstOther >= missed.length, "all that was missed comes before the state of the session");
  });

  check("a message sent while catching up is acked behind what was missed, or a client would count that as seen", async () => {
    const visitor = await newVisitor(server);
    const first = await visitorSocket(server, visitor, { transports });
    const agent = await agentSocket(server, owner);
    const { id: seen } = await first.say("son gördüğüm");
    first.close();
    const missed = await talk(agent, MISSED, "kaçan ", { room: visitor.room });
    const back = await visitorSocket(server, visitor, { transports, lastId: seen });
    const { id } = await back.say("döndüm");
    assert.deepEqual(ids(back), missed);
    assert.ok(id > missed.at(-1));
  });

  check("nothing missed: nothing is sent", async () => {
    const visitor = await newVisitor(server);
    const first = await visitorSocket(server, visitor, { transports });
    const { id } = await first.say("hepsi bu");
    first.close();
    const back = await visitorSocket(server, visitor, { transports, lastId: id });
    await back.next("presence");
    assert.deepEqual(ids(back), []);
  });

  check("a visitor's own messages come back to him after a reconnect, as he may not have heard their acks", async () => {
    const visitor = await newVisitor(server);
    const first = await visitorSocket(server, visitor, { transports });
    const { id } = await first.say("duyulan");
    const unheard = await talk(first, 3, "ack’i duyulmayan ");
    first.close();
    const back = await visitorSocket(server, visitor, { transports, lastId: id });
    await back.next("presence");
    assert.deepEqual(ids(back), unheard);
  });

  check("last_id 0 means from the beginning; another room's messages are never among them", async () => {
    const [visitor, stranger] = [await newVisitor(server), await newVisitor(server)];
    const first = await visitorSocket(server, visitor, { transports });
    const other = await visitorSocket(server, stranger, { transports });
    const mine = [];
    for (let i = 0; i < 3; i += 1) {
      mine.push((await first.say(`benim ${i}`)).id);
      await other.say(`onun ${i}`);
    }
    const back = await visitorSocket(server, visitor, { transports, lastId: 0 });
    await back.next("presence");
    assert.deepEqual(ids(back), mine);
  });

  check("an agent gets what every room said, in order, nothing double", async () => {
    const rooms = [await newVisitor(server), await newVisitor(server)];
    const [ayse, veli] = await Promise.all(rooms.map((v) => visitorSocket(server, v, { transports })));
    const { id: seen } = await ayse.say("buraya kadar");
    const missed = (await Promise.all([talk(ayse, MISSED / 2, "a"), talk(veli, MISSED / 2, "v")])).flat();
    const talking = Promise.all([talk(ayse, 100, "A"), talk(veli, 100, "V")]);
    const back = await agentSocket(server, owner, { transports, lastId: seen });
    const fresh = (await talking).flat();
    const expected = [...missed, ...fresh].toSorted((a, b) => a - b);
    await back.next("message", (m) => m.id === expected.at(-1));
    assert.deepEqual(ids(back), expected);
  });
});
