import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";

import { check, overEveryTransport } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { DEADLINE_MS, within } from "../support/deadline.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server, temporaryDirectory } from "../support/server.mjs";
import { agentSocket, text, visitorSocket } from "../support/sockets.mjs";

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
