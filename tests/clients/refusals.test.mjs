import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before } from "node:test";

import { expectRefusal } from "../support/acks.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, settled, text, visitorSocket } from "../support/sockets.mjs";

const MAX_CHARACTERS = 4000;

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

overEveryTransport(({ transports }) => {
  async function desk() {
    const visitor = await newVisitor(server);
    const phone = await visitorSocket(server, visitor, { transports });
    const agent = await agentSocket(server, owner, { transports });
    await agent.say("önceki", { room: visitor.room });
    await phone.nextMessage("önceki");
    return { visitor, phone, agent };
  }

  /** Refused with `code`, and afterwards nothing is stored and nobody has heard of it. */
  async function refuses(code, args, { by = "phone", event = "message" } = {}) {
    const { visitor, phone, agent } = await desk();
    const sender = { phone, agent }[by];
    const data = args({ visitor });
    expectRefusal(await sender.emit(event, ...data), code);
    const words = await settled(agent, visitor.room, phone);
    const stored = (await owner.transcript(visitor.room)).map((m) => m.text);
    assert.deepEqual(stored, ["önceki", words]);
    assert.deepEqual(phone.all("message").map((m) => m.text), ["önceki", words]);
    assert.deepEqual(agent.all("message").filter((m) => m.room === visitor.room), []);
  }

  const message = (fields) => () => [{ client_id: randomUUID(), text: "olmaz", ...fields }];
  const without = (name) => () => {
    const data = text("olmaz");
    delete data[name];
    return [data];
  };

  for (const [what, code, args] of [
    ["text of 4,001 characters", "too_long", message({ text: "ğ".repeat(MAX_CHARACTERS + 1) })],
    ["empty text", "empty", message({ text: "" })],
    ["blank text", "empty", message({ text: " \n\t\u00a0 " })],
    ["no text", "empty", without("text")],
    ["no client_id", "invalid", without("client_id")],
    ["a client_id that is no UUID", "invalid", message({ client_id: "bir" })],
    ["a client_id in upper case", "invalid", message({ client_id: randomUUID().toUpperCase() })],
    ["a client_id without hyphens", "invalid", message({ client_id: randomUUID().replaceAll("-", "") })],
    ["a client_id that is a number", "invalid", message({ client_id: 7 })],
    ["text that is a number", "invalid", message({ text: 7 })],
    ["text that is null", "empty", message({ text: null })],
    ["text that is a list", "invalid", message({ text: ["a"] })],
    ["an unknown field", "invalid", message({ html: "<b>x</b>" })],
    ["a field only the server may set", "invalid", message({ from: "agent" })],
    ["reply_to that is text", "invalid", message({ reply_to: "1" })],
    ["reply_to that does not exist", "reply_to", message({ reply_to: 9_007_199_254_740_991 })],
    ["no argument", "invalid", () => []],
    ["null", "invalid", () => [null]],
    ["a string", "invalid", () => ["merhaba"]],
    ["a number", "invalid", () => [7]],
    ["a list", "invalid", () => [[text("olmaz")]]],
    ["two arguments", "invalid", () => [text("olmaz"), text("olmaz")]],
    ["a binary argument", "invalid", () => [Buffer.from("merhaba")]],
    ["a binary field", "invalid", message({ text: Buffer.from("merhaba") })],
    ["a foreign room", "room", message({ room: "x".repeat(16) })],
  ]) {
    check(`a visitor's message with ${what}: ${code}`, () => refuses(code, args));
  }

  check("an existing room of somebody else: room", async () => {
    const stranger = await newVisitor(server);
    await refuses("room", message({ room: stranger.room }));
    assert.deepEqual(await owner.transcript(stranger.room), []);
  });

  check("a reply to another room's message: reply_to", async () => {
    const stranger = await visitorSocket(server, await newVisitor(server));
    const { id } = await stranger.say("başka oda");
    await refuses("reply_to", message({ reply_to: id }));
  });

  check("an agent who names no room: invalid; one that is not there: room", async () => {
    await refuses("invalid", message({}), { by: "agent" });
    await refuses("room", message({ room: "x".repeat(16) }), { by: "agent" });
    await refuses("room", message({ room: "" }), { by: "agent" });
  });

  for (const event of ["nonsense", "Message", "receipt", "presence", "session", ""]) {
    check(`the event “${event}”: unknown_event`, () => refuses("unknown_event", message({}), { event }));
  }

  check("exactly 4,000 characters are welcome", async () => {
    const { phone, agent } = await desk();
    const words = "ğ".repeat(MAX_CHARACTERS);
    await phone.say(words);
    assert.equal((await agent.next("message")).text, words);
  });

  check("a blocked visitor may come and read; what he does is refused: blocked", async () => {
    const { visitor, phone, agent } = await desk();
    const { id } = await agent.say("son söz", { room: visitor.room });
    await owner.patch(visitor.room, { blocked: true });
    const before = await owner.transcript(visitor.room);
    const again = await visitorSocket(server, visitor, { transports });
    for (const socket of [phone, again]) {
      assert.deepEqual((await socket.emit("history", {})).messages, before);
      expectRefusal(await socket.emit("message", text("yine ben")), "blocked");
      expectRefusal(await socket.emit("typing", { on: true }), "blocked");
      expectRefusal(await socket.emit("read", { up_to: id }), "blocked");
    }
    await settled(agent, visitor.room, phone);
    assert.deepEqual((await owner.transcript(visitor.room)).slice(0, -1), before);
    assert.equal((await owner.thread(visitor.room)).visitor_read_up_to, 0);
    assert.deepEqual(agent.all("typing").filter((t) => t.room === visitor.room), []);
    await owner.patch(visitor.room, { blocked: false });
    await phone.say("barıştık");
  });

  check("after a hundred refusals the socket still works", async () => {
    const { phone } = await desk();
    const acks = await Promise.all(Array.from({ length: 100 }, () => phone.emit("message", { text: 1 })));
    for (const ack of acks) expectRefusal(ack, "invalid");
    await phone.say("şimdi oldu");
  });
});
