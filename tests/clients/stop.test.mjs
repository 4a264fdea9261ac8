import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";

import { check, overEveryTransport } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { DEADLINE_MS, eventually, within } from "../support/deadline.mjs";
import { get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server, temporaryDirectory } from "../support/server.mjs";
import { agentSocket, text, visitorSocket } from "../support/sockets.mjs";
import { file, send, SlowUpload, storedFiles } from "../support/uploads.mjs";

overEveryTransport(({ transports }) => {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    check(`${signal} in the middle of a conversation: every ack was true, everybody is told, the end is clean`, async () => {
      const dir = temporaryDirectory();
      const server = await Server.start({ dir });
      const owner = await newOwner(server);
      const visitor = await newVisitor(server);
      const phone = await visitorSocket(server, visitor, { transports });
      const desk = await agentSocket(server, owner, { transports });
      const acked = [];
      for (let i = 0; i < 200; i += 1) {
        phone.io.emit("message", text(`${i}`), (ack) => ack.ok && acked.push(ack.id));
      }
      await phone.say("son");
      for (let i = 0; i < 200; i += 1) {
        phone.io.emit("message", text(`${i}`), (ack) => ack.ok && acked.push(ack.id));
      }
      server.child.kill(signal);
      await within(Promise.all([phone.disconnected, desk.disconnected]), DEADLINE_MS, "closed sockets");
      const { code } = await within(server.exited, DEADLINE_MS, "the end");
      assert.equal(code, 0, server.logTail());
      assert.ok(acked.length >= 200);
      // Before sqlite3 looks, which makes files of its own.
      const wal = `${server.database}-wal`;
      const left = existsSync(wal) ? statSync(wal).size : 0;
      assert.equal(left, 0, "the WAL is checkpointed");
      const stored = new Set((await query(server.database, "SELECT id FROM messages")).map((m) => m.id));
      assert.deepEqual(acked.filter((id) => !stored.has(id)), []);
    });
  }
});

check("SIGTERM while files come: what was acked is there, what was not is gone, the end is clean", async () => {
  const dir = temporaryDirectory();
  const server = await Server.start({ dir });
  const visitor = await newVisitor(server);
  const acked = [];
  const sending = Array.from({ length: 4 }, async (_, who) => {
    for (let i = 0; ; i += 1) {
      const bytes = `${who} ${i} `.repeat(20_000);
      const answer = await send(server, visitor, file(`${i}.txt`, bytes)).catch(() => undefined);
      if (answer?.status !== 201) return;
      acked.push({ ...JSON.parse(answer.text), bytes });
    }
  });
  const slow = await SlowUpload.open(server, visitor);
  await slow.begin();
  await eventually("some are acked", () => acked.length > 20);
  server.child.kill("SIGTERM");
  const { code } = await within(server.exited, DEADLINE_MS, "the end");
  assert.equal(code, 0, server.logTail());
  await Promise.all(sending);
  slow.vanish();
  const again = await Server.start({ dir });
  assert.deepEqual(storedFiles(again).filter((name) => name.startsWith("tmp/")), []);
  for (const { url, bytes } of acked) assert.equal((await get(again, url)).text, bytes);
  await again.stop();
});
