// Nobody answers: the phone rings once more, then the visitor is told honestly.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, request } from "../support/http.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";

let pocket;
let bot;
let lateMs;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
  lateMs = expectJson(await pocket.owner.get("/api/admin/settings")).late_after_ms;
  assert.ok(lateMs >= 60_000, `late_after_ms: ${lateMs}`);
});
after(() => pocket.end());

const late = (visitor, ms) => visitor.socket.next("message", (m) => m.from === "system" && m.text === "late", ms);
const lateLines = async (visitor) => (await pocket.owner.transcript(visitor.room)).filter((m) => m.from === "system" && m.text === "late");
const remindersOf = (name) => bot.sent.filter((m) => m.text.includes(name) && m.text.includes("⏰"));

check("told again after late_after_ms, said to the visitor after twice that, each once", async () => {
  const visitor = await pocket.visitor("Bekleyen Bahar");
  const first = await pocket.tells(visitor, "kimse var mı?");
  await pocket.advance(lateMs + 1_000);
  const reminder = await bot.received((m) => m.text.includes("Bekleyen Bahar") && m.text.includes("⏰"), { ms: TOLD_MS, what: "a reminder" });
  assert.equal(reminder.reply_to, first.id, "in the visitor's thread");
  assert.deepEqual(await lateLines(visitor), [], "not yet");
  await pocket.advance(lateMs + 1_000);
  const line = await late(visitor, TOLD_MS);
  assert.equal(line.kind, "text");
  await pocket.advance(3 * lateMs);
  await pocket.tells(visitor, "hâlâ buradayım");
  assert.equal((await lateLines(visitor)).length, 1, "once a wait");
  assert.equal(remindersOf("Bekleyen Bahar").length, 1);
  // An answer to the reminder is an answer to the visitor.
  pocket.boss.says("geldim", { reply_to: reminder.id });
  await pocket.answered(visitor, "geldim");
});

check("an answer in time, and nobody is bothered; a new wait begins anew", async () => {
  const visitor = await pocket.visitor("Şanslı Şule");
  const told = await pocket.tells(visitor, "ilk soru");
  pocket.boss.says("hemen", { reply_to: told.id });
  await pocket.answered(visitor, "hemen");
  await pocket.advance(3 * lateMs);
  const other = await pocket.visitor("İşaret");
  await pocket.tells(other, "araya giren");
  assert.deepEqual([remindersOf("Şanslı Şule").length, (await lateLines(visitor)).length], [0, 0]);
  await pocket.tells(visitor, "ikinci soru");
  await pocket.advance(lateMs + 1_000);
  await bot.received((m) => m.text.includes("Şanslı Şule") && m.text.includes("⏰"), { ms: TOLD_MS, what: "a reminder" });
});

check("a closed or blocked thread waits for nobody", async () => {
  const [closed, blocked] = [await pocket.visitor("Kapalı Kâmil"), await pocket.visitor("Engelli Enis")];
  await pocket.tells(closed, "kapanacak");
  await pocket.tells(blocked, "engellenecek");
  await pocket.owner.patch(closed.room, { status: "closed" });
  await pocket.owner.patch(blocked.room, { blocked: true });
  await pocket.advance(3 * lateMs);
  const sign = await pocket.visitor("Son İşaret");
  await pocket.tells(sign, "en son");
  await pocket.advance(lateMs + 1_000);
  await bot.received((m) => m.text.includes("Son İşaret") && m.text.includes("⏰"), { ms: TOLD_MS, what: "a reminder" });
  assert.deepEqual([remindersOf("Kapalı Kâmil").length, remindersOf("Engelli Enis").length], [0, 0]);
  assert.deepEqual([...(await lateLines(closed)), ...(await lateLines(blocked))], []);
});

check("the visitor leaves an address; agents see it, and so does the head of the next thread", async () => {
  const visitor = await pocket.visitor("Adresli Ada");
  const desk = await pocket.desk();
  const patch = (json) => request(pocket.server, "PATCH", "/api/session", { json, bearer: visitor.token });
  const answer = await patch({ email: "ada@example.com" });
  assert.equal(answer.status, 204, answer.text);
  await desk.next("session", (s) => s.room === visitor.room && (s.email === "ada@example.com" || s.event === "changed"), TOLD_MS);
  assert.equal((await pocket.owner.thread(visitor.room)).email, "ada@example.com");
  for (const email of ["x", "a@b\n.c", 5, `${"a".repeat(300)}@example.com`]) assert.equal((await patch({ email })).status, 400, JSON.stringify(email));
  assert.equal((await patch({ mail: "a@example.com" })).status, 400);
  assert.equal((await request(pocket.server, "PATCH", "/api/session", { json: { email: "a@example.com" } })).status, 401);
  const told = await pocket.tells(visitor, "adresim belli");
  assert.ok(told.text.includes("ada@example.com"), told.text);
  desk.close();
});

check("it goes on after a restart", async () => {
  const visitor = await pocket.visitor("Yeniden Yeliz");
  await pocket.tells(visitor, "sunucu gidecek");
  await pocket.advance(lateMs + 1_000);
  await bot.received((m) => m.text.includes("Yeniden Yeliz") && m.text.includes("⏰"), { ms: TOLD_MS, what: "a reminder" });
  await pocket.restart();
  await pocket.until("ready", (t) => t.state === "ready" && t.bot);
  await pocket.advance(2 * lateMs + 2_000);
  await pocket.tells(await pocket.visitor("Sonda"), "işaret sonda");
  assert.equal(remindersOf("Yeniden Yeliz").length, 1);
  assert.equal((await lateLines(visitor)).length, 1);
});
