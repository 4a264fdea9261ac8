// File descriptors: as many as the system gives, and what happens when they are not enough.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectProblem, get } from "../support/http.mjs";
import { newVisitor } from "../support/people.mjs";
import { BINARY, Server, temporaryDirectory } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";

function under(limits) {
  const file = path.join(temporaryDirectory(), "limited");
  writeFileSync(file, `#!/bin/sh\n${limits}\nexec '${BINARY}' "$@"\n`, { mode: 0o755 });
  return Server.start({ binary: file });
}

check("the soft limit of open files is raised to the hard one", async () => {
  const server = await under("ulimit -Sn 256");
  const [, soft, hard] = /Max open files\s+(\d+)\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/limits`, "utf8"));
  assert.equal(soft, hard);
  assert.notEqual(soft, "256");
  await server.stop();
});

check("when there is no room for one more connection, it is told so; what is there goes on; room is found again", async () => {
  const server = await under("ulimit -n 120");
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  const idle = [];
  for (let i = 0; i < 150; i += 1) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    idle.push(socket);
  }
  // Those who say nothing keep the few places in which one is told; then it is our turn.
  const answer = await eventually("an answer", () => get(server, "/health").catch(() => undefined));
  expectProblem(answer, 503, "busy");
  await phone.say("hâlâ yazabiliyorum");
  for (const socket of idle) socket.destroy();
  await eventually("room again", async () => (await get(server, "/health")).status === 200);
  const lines = server.log.filter((line) => /WARN|ERROR/.test(line));
  assert.ok(lines.length >= 1 && lines.length <= 3, lines.join("\n"));
  await server.stop();
});

check("a WebSocket counts until it is closed", async () => {
  const server = await under("ulimit -n 120");
  // Each its own visitor: one visitor's sockets have a limit of their own.
  const visitors = [];
  for (let i = 0; i < 70; i += 1) visitors.push(await newVisitor(server));
  const sockets = await Promise.allSettled(visitors.map((visitor) => visitorSocket(server, visitor)));
  const held = sockets.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
  assert.ok(held.length > 40 && held.length <= 60, `${held.length} sockets had room`);
  expectProblem(await get(server, "/health"), 503, "busy");
  for (const socket of held) socket.close();
  await eventually("room again", async () => (await get(server, "/health")).status === 200);
  await server.stop();
});

check("a start and a stop without trouble warn of nothing", async () => {
  const server = await Server.start();
  await get(server, "/");
  await server.stop();
  assert.deepEqual(
    server.log.filter((line) => /WARN|ERROR/.test(line)),
    [],
  );
});
