// Somebody else writes to the database for a long time: calls that go on do not wait for it, and lose nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { expectOk } from "../support/acks.mjs";
import { accepted, endAllCalls, endedRow, hangUp, namesHeard, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { DEADLINE_MS, within } from "../support/deadline.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

/** Holds the write lock, as an owner's tool might; answers how to let go of it. */
async function lock(database) {
  const tool = spawn("sqlite3", [database], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: tool.stdout });
  tool.stdin.write(".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'locked';\n");
  const [line] = await within(once(lines, "line"), DEADLINE_MS, "the write lock");
  assert.equal(line, "locked");
  return async () => {
    tool.stdin.end("ROLLBACK;\n");
    await once(tool, "exit");
  };
}

check("a talk goes on and is written down later; a new call waits, and nobody hears it before it is on disk", async () => {
  const server = await Server.start();
  const owner = await newOwner(server);
  const elif = await newAgent(server, "elif", "Elif");
  const [talk, other, third] = [await newVisitor(server), await newVisitor(server), await newVisitor(server)];
  const running = await accepted(server, { visitor: talk, agent: owner });
  const waiting = await ringing(server, { visitor: other, agent: elif });
  const tab = await phoneOf(server, third);
  const unlock = await lock(server.database);
  const dialled = tab.emit("call", { media: "audio" });
  for (const phone of [running.caller, running.callee]) expectOk(await phone.emit("connected", { call_id: running.call_id }), []);
  const state = { audio: true, video: false, screen: false };
  expectOk(await running.caller.emit("signal", { call_id: running.call_id, state }), []);
  assert.deepEqual(await running.callee.next("signal"), { call_id: running.call_id, state });
  assert.equal(waiting.agent.all("ring").length, 1, "the third one's call is on no disk yet");
  await unlock();
  const { call_id } = expectOk(await dialled);
  await waiting.agent.next("ring", (r) => r.call_id === call_id);
  expectOk(await tab.emit("hangup", { call_id }));
  await endedRow(server, call_id);
  expectOk(await waiting.agent.emit("accept", { call_id: waiting.call_id }));
  for (const call of [running, waiting]) {
    const { reason, duration_ms } = await hangUp(call);
    const row = await endedRow(server, call.call_id);
    assert.ok(row.answered_at !== null && (call !== running || row.connected_at !== null), "what came while it was locked is there");
    assert.deepEqual([row.reason, row.duration_ms], [reason, duration_ms]);
    assert.ok(row.message_id > 0);
    assert.equal(namesHeard(call.caller, call.call_id).filter((e) => e === "ended").length, 1);
  }
  await endAllCalls();
  await server.stop();
});
