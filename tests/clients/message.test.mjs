import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, settled, text, visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
let colleague;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server, { name: "Mehmet" });
  colleague = await newAgent(server, "elif", "Elif");
});
after(() => server.stop());

overEveryTransport(({ transports }) => {
  async function desk() {
    const visitor = await newVisitor(server);
    return {
      visitor,
      phone: await visitorSocket(server, visitor, { transports }),
      laptop: await visitorSocket(server, visitor, { transports }),
      mehmet: await agentSocket(server, owner, { transports }),
      elif: await agentSocket(server, colleague, { transports }),
    };
  }

  check("a visitor's message reaches his other sockets and every agent, with exactly these fields", async () => {
    const { visitor, phone, laptop, mehmet, elif } = await desk();
    const sent = text("Merhaba, “gül” var mı? 🌹 <b>&amp;</b>\n\tikinci satır");
    const before = Date.now();
    const ack = await phone.emit("message", sent);
    assert.deepEqual(Object.keys(ack).sort(), ["at", "id", "ok"]);
    assert.equal(ack.ok, true);
    assert.ok(Number.isSafeInteger(ack.id) && ack.id > 0);
    assert.ok(ack.at >= before - 1000 && ack.at <= Date.now() + 1000, `milliseconds UTC: ${ack.at}`);
    const expected = {
      id: ack.id,
      room: visitor.room,
      client_id: sent.client_id,
      from: "visitor",
      kind: "text",
      text: sent.text,
      at: ack.at,
    };
    for (const socket of [laptop, mehmet, elif]) {
      assert.deepEqual(await socket.nextMessage(sent.text), expected);
    }
    await settled(mehmet, visitor.room, phone, laptop, elif);
    assert.equal(phone.all("message").filter((m) => m.id === ack.id).length, 0, "not to the sender");
    assert.equal(laptop.all("message").filter((m) => m.id === ack.id).length, 1, "once");
    assert.equal(elif.all("message").filter((m) => m.id === ack.id).length, 1, "once");
  });

  check("an agent's answer carries the name people know", async () => {
    const { visitor, phone, laptop, mehmet, elif } = await desk();
    const sent = text("Var, kırmızı ve beyaz.", { room: visitor.room });
    const ack = await mehmet.emit("message", sent);
    assert.equal(ack.ok, true, JSON.stringify(ack));
    const expected = {
      id: ack.id,
      room: visitor.room,
      client_id: sent.client_id,
      from: "agent",
      author: "Mehmet",
      kind: "text",
      text: sent.text,
      at: ack.at,
    };
    for (const socket of [phone, laptop, elif]) {
      assert.deepEqual(await socket.nextMessage(sent.text), expected);
    }
    await settled(elif, visitor.room, phone, mehmet);
    assert.equal(mehmet.all("message").filter((m) => m.id === ack.id).length, 0, "not to the sender");
  });

  check("a reply names the message it answers", async () => {
    const { visitor, phone, mehmet } = await desk();
    const asked = await phone.say("Kaç lira?");
    const answered = await mehmet.say("Demeti 250.", { room: visitor.room, reply_to: asked.id });
    assert.equal((await phone.nextMessage("Demeti 250.")).reply_to, asked.id);
    const [question, answer] = await owner.transcript(visitor.room);
    assert.equal(question.reply_to, undefined);
    assert.equal(answer.id, answered.id);
    assert.equal(answer.reply_to, asked.id);
  });

  check("nobody hears another room", async () => {
    const { visitor, phone, mehmet } = await desk();
    const stranger = await visitorSocket(server, await newVisitor(server), { transports });
    await stranger.say("yalnız benim");
    await settled(mehmet, visitor.room, phone);
    assert.deepEqual(phone.all("message").filter((m) => m.room !== visitor.room), []);
  });

  check("what was acked, what was heard and what is stored are the same", async () => {
    const { visitor, phone, laptop } = await desk();
    await phone.say("bir");
    await phone.say("iki");
    const heard = [await laptop.nextMessage("bir"), await laptop.nextMessage("iki")];
    assert.deepEqual(await owner.transcript(visitor.room), heard);
  });
});
