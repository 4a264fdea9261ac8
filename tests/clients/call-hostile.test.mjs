// What a hostile review once did to calls.
import assert from "node:assert/strict";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { authOf, connected, endAllCalls, flushed, phoneOf } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { residentKib } from "../support/memory.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { RELAY, Server } from "../support/server.mjs";
import { Wire } from "../support/wire.mjs";

const running = async (server) => expectJson(await get(server, "/debug/memory")).calls_running;

check("packets that leave a namespace, by the million, from nobody: memory stays", async () => {
  const server = await Server.start();
  const stranger = await Wire.open(server);
  const before = residentKib(server.pid);
  for (let sent = 0; sent < 1_000_000; sent += 10_000) {
    for (let i = 0; i < 10_000; i += 2) {
      stranger.send("41/call,");
      stranger.send("41/chat,");
    }
    await eventually("they are on their way", () => stranger.ws.bufferedAmount < 1_000_000);
  }
  await get(server, "/health");
  const grown = residentKib(server.pid) - before;
  assert.ok(grown < 8 * 1024, `${grown} KiB more`);
  stranger.ws.terminate();
  await server.stop();
});

check("an agent who calls and leaves in the same breath is in no call", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const visitor = await newVisitor(server);
  const tab = await phoneOf(server, visitor);
  const hasty = await Wire.open(server, { headers: { Cookie: owner.cookie } });
  await hasty.enter("/call", authOf(owner));
  hasty.ws._socket.cork();
  hasty.send(`42/call,1["call",{"media":"audio","room":"${visitor.room}"}]`);
  hasty.send("41/call,");
  hasty.ws._socket.uncork();
  const desk = await phoneOf(server, owner);
  // Either it was refused, or it rang and was taken for a caller who is away: in no case is the agent kept from calling.
  await eventually("the agent can call", async () => (await desk.emit("call", { media: "audio", room: visitor.room })).ok, 15_000);
  await flushed(tab, desk);
  await endAllCalls();
  desk.close();
  await eventually("all is over", async () => (await running(server)) === 0, 15_000);
  await server.stop();
});

check("a blocked visitor whom an agent calls: another change of the thread leaves the call alone, blocking ends it", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const visitor = await newVisitor(server);
  const call = await connected(server, { visitor, agent: owner, by: "agent" });
  await owner.patch(visitor.room, { note: "arandı" });
  await flushed(call.visitor, call.agent);
  assert.equal(await running(server), 1);
  await owner.patch(visitor.room, { blocked: true });
  await call.visitor.next("ended", (ended) => ended.call_id === call.call_id);
  const again = await connected(server, { visitor: call.visitor, agent: call.agent, room: visitor.room, by: "agent" });
  await owner.patch(visitor.room, { note: "yine arandı" });
  await flushed(call.visitor, call.agent);
  assert.equal(await running(server), 1);
  expectRefusal(await call.visitor.emit("call", { media: "audio" }), "in_call");
  expectOk(await again.agent.emit("hangup", { call_id: again.call_id }));
  expectRefusal(await call.visitor.emit("call", { media: "audio" }), "blocked");
  await server.stop();
});

check("forty tests of the relay at once: all find that it works, and leave nothing behind", async () => {
  const server = await Server.start({ env: RELAY });
  const owner = await newOwner(server);
  const tests = Array.from({ length: 40 }, () => owner.change("POST", "/api/admin/relay/test", {}));
  for (const answer of await Promise.all(tests)) assert.equal(expectJson(answer).state, "ok");
  assert.equal(expectJson(await get(server, "/health")).warnings, undefined);
  await eventually("no place is taken", async () => expectJson(await get(server, "/debug/memory")).relay_allocations === 0);
  await server.stop();
});
