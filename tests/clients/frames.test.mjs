import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";

import { check } from "../support/check.mjs";
import { DEADLINE_MS, eventually, within } from "../support/deadline.mjs";
import { get, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { settled, agentSocket, text, visitorSocket } from "../support/sockets.mjs";
import { Wire } from "../support/wire.mjs";

const FRAME_BYTES = 64 * 1024;

let server;
let owner;
let agent;
let visitor;
let bystander;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

beforeEach(async () => {
  visitor = await newVisitor(server);
  agent ??= await agentSocket(server, owner);
  bystander ??= { visitor: await newVisitor(server) };
  bystander.socket ??= await visitorSocket(server, bystander.visitor);
});

/** Whatever one socket does, the process and the others go on. */
async function othersAreUnharmed() {
  await bystander.socket.say("ben iyiyim");
  await settled(agent, bystander.visitor.room, bystander.socket);
  assert.equal((await get(server, "/health")).status, 200);
}

const join = () => Wire.chat(server, { token: visitor.token });

async function stored() {
  return (await owner.transcript(visitor.room)).map((m) => m.text);
}

check("a frame of just under 64 KiB is read and answered", async () => {
  const wire = await join();
  const filler = "a".repeat(FRAME_BYTES - 200);
  const ack = await wire.event(1, JSON.stringify(["message", text(filler)]));
  assert.equal(ack.code, "too_long");
  wire.close();
});

check("a larger frame ends that socket only", async () => {
  const wire = await join();
  wire.send(`42/chat,1${JSON.stringify(["message", text("a".repeat(FRAME_BYTES + 1))])}`);
  await within(wire.closed, DEADLINE_MS, "the end of the socket");
  await othersAreUnharmed();
  assert.deepEqual(await stored(), []);
});

check("a frame of 80 MiB is not read to its end", async () => {
  const wire = await join();
  wire.ws.on("error", () => {});
  wire.ws.send(Buffer.alloc(80 * 1024 * 1024, 0x61));
  await within(wire.closed, DEADLINE_MS, "the end of the socket");
  await othersAreUnharmed();
});

for (const [what, packet] of [
  ["an unknown engine packet", "9"],
  ["a second CONNECT", '40/chat,{"token":"x"}'],
  ["an event for a namespace never joined", '42/call,1["call",{}]'],
  ["an event without a name", "42/chat,1[]"],
  ["an event whose name is no text", "42/chat,1[7]"],
  ["broken JSON", '42/chat,1["message",{'],
  ["an ack nobody asked for", "43/chat,99[]"],
  ["an ack id beyond 64 bits", '42/chat,99999999999999999999999["message",{}]'],
  ["a binary event that promises a thousand attachments", '451000-/chat,1["message",{"_placeholder":true,"num":0}]'],
  ["a binary event without its attachment", '451-/chat,1["message",{"_placeholder":true,"num":0}]'],
  ["an attachment nobody announced", Buffer.from([1, 2, 3])],
  ["an empty frame", ""],
  ["deeply nested JSON", `42/chat,1["message",${"[".repeat(20_000)}${"]".repeat(20_000)}]`],
  ["text that is no Unicode", Buffer.from([0xff, 0xfe])],
]) {
  check(`${what} harms nobody`, async () => {
    const wire = await join();
    wire.ws.on("error", () => {});
    wire.send(packet);
    await othersAreUnharmed();
    assert.deepEqual(await stored(), []);
    const again = await join();
    assert.equal((await again.event(1, JSON.stringify(["message", text("yeniden")]))).ok, true);
    again.close();
    wire.close();
  });
}

check("half a surrogate pair is refused, and the socket lives", async () => {
  const wire = await join();
  const broken = JSON.stringify(["message", text("X")]).replace('"X"', '"\\ud800"');
  assert.equal((await wire.event(1, broken)).code, "invalid");
  assert.equal((await wire.event(2, JSON.stringify(["message", text("tam")]))).ok, true);
  assert.deepEqual(await stored(), ["tam"]);
  wire.close();
});

check("a key said twice is refused", async () => {
  const wire = await join();
  const twice = JSON.stringify(["message", text("bir")]).replace('"text":', '"text":"iki","text":');
  assert.equal((await wire.event(1, twice)).code, "invalid");
  assert.deepEqual(await stored(), []);
  wire.close();
});

check("a message that wants no ack does no harm", async () => {
  const wire = await join();
  wire.send(`42/chat,${JSON.stringify(["message", text("sessiz")])}`);
  wire.send('42/chat,["message",{"text":7}]');
  assert.equal((await wire.event(1, JSON.stringify(["message", text("sesli")]))).ok, true);
  await othersAreUnharmed();
  wire.close();
});

check("on polling, too, a larger packet ends that session only, and a body of megabytes is not read", async () => {
  const polling = "/socket.io/?EIO=4&transport=polling";
  const opened = async () => JSON.parse((await get(server, polling)).text.slice(1)).sid;
  const sends = (sid, body) =>
    request(server, "POST", `${polling}&sid=${sid}`, { body, headers: { "Content-Type": "text/plain;charset=UTF-8" } });
  const sid = await opened();
  await sends(sid, `40/chat,${JSON.stringify({ token: visitor.token })}`);
  await sends(sid, `42/chat,1${JSON.stringify(["message", text("a".repeat(FRAME_BYTES + 1))])}`);
  await eventually("the end of the session", async () => (await get(server, `${polling}&sid=${sid}`)).status === 400);
  // The answer may come while we still send; then the closed connection is all that is seen of it.
  const huge = await sends(await opened(), "4".padEnd(4 * 1024 * 1024, "x")).catch((error) => ({ status: error.code }));
  assert.ok([413, "EPIPE", "ECONNRESET"].includes(huge.status), `${huge.status}`);
  await othersAreUnharmed();
  assert.deepEqual(await stored(), []);
});

check("an unknown polling session and an old protocol are refused", async () => {
  assert.equal((await get(server, "/socket.io/?EIO=4&transport=polling&sid=nobody")).status, 400);
  assert.equal((await get(server, "/socket.io/?EIO=3&transport=polling")).status, 400);
  assert.equal((await get(server, "/socket.io/?EIO=4&transport=carrier-pigeon")).status, 400);
});
