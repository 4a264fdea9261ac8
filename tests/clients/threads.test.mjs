import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";

const THREADS = 25;

let server;
let owner;
let visitors;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  visitors = [];
  for (let i = 0; i < THREADS; i += 1) {
    const visitor = await newVisitor(server, { name: `Müşteri ${i}`, email: `musteri${i}@example.org` });
    const phone = await visitorSocket(server, visitor);
    visitor.last = await phone.say(`IŞIK siparişi ${i}`);
    phone.close();
    visitors.push(visitor);
  }
});
after(() => server.stop());

const list = async (query = "", agent = owner) => expectJson(await agent.get(`/api/admin/sessions${query}`));
const rooms = (page) => page.sessions.map((t) => t.room);

check("threads come newest activity first, page by page, none twice", async () => {
  const expected = visitors.map((v) => v.room).toReversed();
  assert.deepEqual(rooms(await list()).slice(0, THREADS), expected);
  const seen = [];
  let cursor = "";
  for (;;) {
    const page = await list(`?limit=10${cursor}`);
    assert.ok(page.sessions.length <= 10);
    seen.push(...rooms(page));
    if (page.next === null) break;
    cursor = `&before=${encodeURIComponent(page.next)}`;
  }
  assert.deepEqual(seen, expected);
});

check("a thread tells all that the desk needs", async () => {
  const [visitor] = visitors;
  const thread = await owner.thread(visitor.room);
  assert.equal(thread.name, "Müşteri 0");
  assert.equal(thread.status, "open");
  assert.equal(thread.blocked, false);
  assert.equal(thread.assigned, null);
  assert.equal(thread.unread, 1);
  assert.equal(thread.note, "");
  assert.deepEqual(thread.tags, []);
  assert.equal(thread.earlier, 0);
  assert.deepEqual(thread.last, (await owner.transcript(visitor.room)).at(-1));
  assert.equal(thread.waiting_since, visitor.last.at);
  assert.ok(thread.created_at <= visitor.last.at);
});

check("a visitor who was here before is known by the address", async () => {
  const again = await newVisitor(server, { name: "Yine Ben", email: "musteri1@example.org" });
  assert.equal((await owner.thread(again.room)).earlier, 1);
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${again.room}`)).status, 204);
});

check("open, mine, closed and their counts", async () => {
  const [closed, mine] = visitors;
  await owner.patch(closed.room, { status: "closed" });
  await owner.patch(mine.room, { assigned: (await owner.me()).id });
  const open = await list("?status=open&limit=100");
  assert.deepEqual(open.counts, { open: THREADS - 1, mine: 1, closed: 1 });
  assert.equal(open.sessions.length, THREADS - 1);
  assert.deepEqual(rooms(await list("?status=mine")), [mine.room]);
  assert.deepEqual(rooms(await list("?status=closed")), [closed.room]);
  assert.equal(rooms(await list("?status=all&limit=100")).length, THREADS);
  await owner.patch(closed.room, { status: "open" });
  await owner.patch(mine.room, { assigned: null });
});

check("what one agent has assigned is not another's", async () => {
  const elif = await newAgent(server, "elif", "Elif");
  await owner.patch(visitors[2].room, { assigned: (await elif.me()).id });
  assert.deepEqual(rooms(await list("?status=mine", elif)), [visitors[2].room]);
  assert.deepEqual(rooms(await list("?status=mine")), []);
});

check("search finds names, addresses and words, with Turkish letters folded", async () => {
  for (const q of ["ışık siparişi 7", "isik siparisi 7", "IŞIK SİPARİŞİ 7", "musteri7@example.org", "müşteri 7"]) {
    const page = await list(`?q=${encodeURIComponent(q)}&status=all`);
    assert.ok(rooms(page).includes(visitors[7].room), q);
    const hit = page.sessions.find((t) => t.room === visitors[7].room).hit;
    assert.equal(typeof hit.text, "string", "the words that were found");
  }
  assert.deepEqual(rooms(await list("?q=bulunmaz&status=all")), []);
});

check("search takes whatever people type", async () => {
  for (const q of ['"', "'", "%", "_", "*", "AND", "NEAR(", "a OR", "-", ":", "x".repeat(500), "😀", "\u0000"]) {
    const answer = await owner.get(`/api/admin/sessions?q=${encodeURIComponent(q)}`);
    assert.ok(answer.status === 200 || answer.status === 400, `${q}: ${answer.status} ${answer.text}`);
  }
});

check("a just-written word is found at once", async () => {
  const phone = await visitorSocket(server, visitors[3]);
  await phone.say("karanfilleriniz");
  assert.deepEqual(rooms(await list("?q=karanfil&status=all")), [visitors[3].room]);
});

check("each field can be changed, and is then what every look shows", async () => {
  const { room } = visitors[4];
  const fields = { name: "Yeni Ad", email: "yeni@example.org", note: "çok\nsatırlı", tags: ["vip", "acele"] };
  const changed = await owner.patch(room, fields);
  for (const [field, value] of Object.entries(fields)) assert.deepEqual(changed[field], value, field);
  const { earlier, ...thread } = await owner.thread(room);
  for (const [field, value] of Object.entries(fields)) assert.deepEqual(thread[field], value, field);
});

for (const [what, fields] of [
  ["an unknown field", { colour: "red" }],
  ["an unknown status", { status: "gone" }],
  ["a status that is a number", { status: 1 }],
  ["an agent who is not there", { assigned: 9999 }],
  ["21 tags", { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }],
  ["an empty name", { name: "" }],
  ["a name of 81 characters", { name: "x".repeat(81) }],
  ["an address that is none", { email: "yok" }],
]) {
  check(`changing to ${what} is refused and changes nothing`, async () => {
    const { room } = visitors[5];
    const before = await owner.thread(room);
    const answer = await owner.change("PATCH", `/api/admin/sessions/${room}`, fields);
    assert.equal(answer.status, 400, answer.text);
    expectProblem(answer, 400, JSON.parse(answer.text).code);
    assert.deepEqual(await owner.thread(room), before);
  });
}

check("an unknown thread is not found, whatever is asked of it", async () => {
  const path = "/api/admin/sessions/xxxxxxxxxxxxxxxx";
  expectProblem(await owner.get(path), 404, "not_found");
  expectProblem(await owner.get(`${path}/messages`), 404, "not_found");
  expectProblem(await owner.get(`${path}/export`), 404, "not_found");
  expectProblem(await owner.change("PATCH", path, { note: "x" }), 404, "not_found");
  expectProblem(await owner.change("DELETE", path), 404, "not_found");
});

check("export is a download with everything that was said", async () => {
  const { room } = visitors[6];
  const answer = await owner.get(`/api/admin/sessions/${room}/export`);
  const exported = expectJson(answer);
  assert.match(answer.headers["content-disposition"], /^attachment/);
  assert.ok(JSON.stringify(exported).includes("IŞIK siparişi 6"));
});

check("erasing removes the words from every look and from the search", async () => {
  const visitor = await newVisitor(server, { name: "Silinecek" });
  const phone = await visitorSocket(server, visitor);
  const agent = await agentSocket(server, owner);
  await phone.say("unutulacak sözcük");
  assert.deepEqual(rooms(await list("?q=unutulacak&status=all")), [visitor.room]);
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
  await agent.next("session", (s) => s.room === visitor.room && s.deleted);
  assert.deepEqual(rooms(await list("?q=unutulacak&status=all")), []);
  assert.ok(!rooms(await list("?limit=100")).includes(visitor.room));
});
