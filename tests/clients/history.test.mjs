import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { expectJson, expectProblem, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, closeAllSockets, text, visitorSocket } from "../support/sockets.mjs";

const MESSAGES = 230;

let server;
let owner;
let visitor;
let all;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitor = await newVisitor(server);
  const stranger = await visitorSocket(server, await newVisitor(server));
  const socket = await visitorSocket(server, visitor);
  const acks = [];
  for (let i = 0; i < MESSAGES; i += 1) {
    acks.push(socket.emit("message", text(`söz ${i}`)));
    // Ids of this room have gaps, so that paging by arithmetic on ids would show.
    if (i % 7 === 0) acks.push(stranger.emit("message", text("araya giren")));
  }
  await Promise.all(acks);
  all = await owner.transcript(visitor.room);
  assert.equal(all.length, MESSAGES);
});
after(() => server.stop());
afterEach(closeAllSockets);

overEveryTransport(({ transports }) => {
  check("without before or after: the newest 50, oldest of them first", async () => {
    const socket = await visitorSocket(server, visitor, { transports });
    assert.deepEqual(await socket.emit("history", {}), { ok: true, messages: all.slice(-50), more: true });
  });

  check("back to the beginning, page by page", async () => {
    const socket = await visitorSocket(server, visitor, { transports });
    let seen = [];
    for (let more = true; more; ) {
      const page = await socket.emit("history", { limit: 100, ...(seen.length ? { before: seen[0].id } : {}) });
      assert.equal(page.ok, true);
      seen = [...page.messages, ...seen];
      more = page.more;
    }
    assert.deepEqual(seen, all);
  });

  check("forward from a message: the oldest ones after it", async () => {
    const socket = await visitorSocket(server, visitor, { transports });
    const seen = [all[0]];
    for (let more = true; more; ) {
      const page = await socket.emit("history", { after: seen.at(-1).id, limit: 30 });
      assert.equal(page.ok, true);
      assert.ok(page.messages.length <= 30);
      seen.push(...page.messages);
      more = page.more;
    }
    assert.deepEqual(seen, all);
  });

  check("before and after are exclusive; more is exact at the edge", async () => {
    const socket = await visitorSocket(server, visitor, { transports });
    const page = (data) => socket.emit("history", data);
    assert.deepEqual(await page({ before: all[2].id, limit: 2 }), { ok: true, messages: all.slice(0, 2), more: false });
    assert.deepEqual(await page({ before: all[3].id, limit: 2 }), { ok: true, messages: all.slice(1, 3), more: true });
    assert.deepEqual(await page({ after: all.at(-3).id, limit: 2 }), { ok: true, messages: all.slice(-2), more: false });
    assert.deepEqual(await page({ before: all[0].id }), { ok: true, messages: [], more: false });
    assert.deepEqual(await page({ after: all.at(-1).id }), { ok: true, messages: [], more: false });
    const between = await page({ after: all[4].id, before: all[8].id, limit: 100 });
    assert.deepEqual(between, { ok: true, messages: all.slice(5, 8), more: false });
  });

  check("an agent reads any room, and names it", async () => {
    const agent = await agentSocket(server, owner, { transports });
    const page = await agent.emit("history", { room: visitor.room, limit: 10 });
    assert.deepEqual(page, { ok: true, messages: all.slice(-10), more: true });
  });

  for (const [what, data, code] of [
    ["limit 0", { limit: 0 }, "invalid"],
    ["limit 101", { limit: 101 }, "invalid"],
    ["a negative limit", { limit: -5 }, "invalid"],
    ["a limit that is text", { limit: "10" }, "invalid"],
    ["a fraction", { before: 1.5 }, "invalid"],
    ["an unknown field", { offset: 10 }, "invalid"],
    ["another's room", { room: "x".repeat(16) }, "room"],
  ]) {
    check(`${what} is refused: ${code}`, async () => {
      const socket = await visitorSocket(server, visitor, { transports });
      const ack = await socket.emit("history", data);
      assert.equal(ack.ok, false, JSON.stringify(ack).slice(0, 200));
      assert.equal(ack.code, code);
    });
  }
});

check("HTTP shows a visitor the same pages", async () => {
  const page = async (query) => expectJson(await get(server, `/api/messages${query}`, { bearer: visitor.token }));
  assert.deepEqual(await page(""), { messages: all.slice(-50), more: true });
  assert.deepEqual(await page(`?before=${all[3].id}&limit=2`), { messages: all.slice(1, 3), more: true });
  assert.deepEqual(await page(`?after=${all.at(-3).id}&limit=100`), { messages: all.slice(-2), more: false });
});

check("HTTP shows an agent the same pages", async () => {
  const page = async (query) => expectJson(await owner.get(`/api/admin/sessions/${visitor.room}/messages${query}`));
  assert.deepEqual(await page("?limit=100"), { messages: all.slice(-100), more: true });
  assert.deepEqual(await page(`?before=${all[1].id}`), { messages: all.slice(0, 1), more: false });
});

check("HTTP refuses what it cannot read", async () => {
  for (const query of ["?limit=0", "?limit=101", "?limit=ten", "?before=-1", "?after=x", "?offset=3"]) {
    const answer = await get(server, `/api/messages${query}`, { bearer: visitor.token });
    assert.equal(answer.status, 400, `${query}: ${answer.text}`);
    expectProblem(answer, 400, JSON.parse(answer.text).code);
  }
});
