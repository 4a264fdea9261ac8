// A call rings in the pocket, and is answered by a link that works once.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { faults } from "../support/bot-api/index.mjs";
import { expectOk } from "../support/acks.mjs";
import { endAllCalls, endedRow, phoneOf } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { expectJson, expectProblem, get, post } from "../support/http.mjs";
import { Agent, loginCookie } from "../support/people.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";

let pocket;
let bot;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
});
afterEach(() => endAllCalls());
after(() => pocket.end());

const tokenIn = (m) => /\/admin#answer=([A-Za-z0-9_-]+)/.exec(m.button?.url ?? m.text)?.[1];
const answer = (token, options) => post(pocket.server, "/api/admin/answer", { token }, options);

/** A visitor calls; what was told of it, with the token of its link. */
async function rings(name, media = "audio") {
  const visitor = await pocket.visitor(name);
  const phone = await phoneOf(pocket.server, visitor);
  const { call_id } = expectOk(await phone.emit("call", { media }));
  const told = await bot.received((m) => m.text.includes(name) && tokenIn(m), { ms: TOLD_MS, what: `${name} calls` });
  return { visitor, phone, call_id, told, token: tokenIn(told) };
}

check("an incoming call is told with a link that signs in, once", async () => {
  const { visitor, phone, call_id, told, token } = await rings("Arayan Aras");
  assert.match(told.text, /📞/);
  assert.equal(told.button, undefined, "the link stands in the text where there is no https address");
  const response = await answer(token);
  const answered = expectJson(response);
  assert.deepEqual(answered, { room: visitor.room, call_id, name: "Arayan Aras" });
  const agent = new Agent(pocket.server, {});
  agent.cookie = loginCookie(response);
  assert.equal((await agent.me()).role, "agent", "never an owner's rights");
  for (const [method, path, json] of [["PUT", "/api/admin/telegram/settings", {}], ["POST", "/api/admin/telegram/test"], ["DELETE", "/api/admin/telegram"]]) {
    assert.equal((await agent.change(method, path, json)).status, 403, `${method} ${path}`);
  }
  const desk = await phoneOf(pocket.server, agent);
  await desk.next("ring", (r) => r.call_id === call_id);
  expectOk(await desk.emit("accept", { call_id }));
  await phone.next("accepted");
  expectProblem(await answer(token), 410, "link");
  expectOk(await desk.emit("hangup", { call_id }));
  await endedRow(pocket.server, call_id);
  assert.ok(!bot.texts().some((t) => /📵/.test(t)), "an answered call was not missed");
});

check("such a login ends after two hours", async () => {
  const { token } = await rings("Uzun Ufuk");
  const response = await answer(token);
  const agent = new Agent(pocket.server, {});
  agent.cookie = loginCookie(response);
  await pocket.advance(119 * 60_000);
  await agent.me();
  await pocket.advance(2 * 60_000);
  expectProblem(await agent.get("/api/admin/me"), 401, "unauthorized");
  const line = response.headers["set-cookie"].find((c) => c.startsWith(agent.cookie));
  const age = Number(/max-age=(\d+)/i.exec(line)?.[1]);
  assert.ok(age <= 7200, `the browser keeps it for ${age} s: ${line.replace(agent.cookie, "…")}`);
});

check("signed in already: the link makes no other login", async () => {
  const { token, visitor } = await rings("Girişli Gül");
  const response = await answer(token, { cookie: pocket.owner.cookie, headers: { Origin: pocket.server.url } });
  assert.equal(expectJson(response).room, visitor.room);
  assert.equal(response.headers["set-cookie"], undefined);
  assert.equal((await pocket.owner.me()).role, "owner");
});

check("two minutes, and not a moment longer", async () => {
  const { token } = await rings("Geç Gencer");
  await pocket.advance(121_000);
  const late = await answer(token);
  expectProblem(late, 410, "link");
  assert.equal(late.headers["set-cookie"], undefined);
});

check("a link that is none", async () => {
  for (const token of ["x", "A".repeat(43), ""]) {
    const response = await answer(token);
    assert.ok([400, 410].includes(response.status), `${response.status}`);
    assert.equal(response.headers["set-cookie"], undefined);
  }
});

check("a call that nobody answered is told as missed", async () => {
  const { phone, call_id } = await rings("Cevapsız Ceyda");
  expectOk(await phone.emit("hangup", { call_id }));
  const missed = await bot.received((m) => m.text.includes("Cevapsız Ceyda") && !tokenIn(m), { ms: TOLD_MS });
  assert.match(missed.text, /📵/);
  assert.ok(missed.reply_to, "in the visitor's thread");
  pocket.boss.says("sizi arıyorum", { reply_to: missed.id });
});

check("a call that is over before it is told is told as missed only", async () => {
  bot.misbehave("sendMessage", faults.tooMany(2), { when: (p) => p.text?.includes("Kısa Kısmet") });
  const visitor = await pocket.visitor("Kısa Kısmet");
  const phone = await phoneOf(pocket.server, visitor);
  const { call_id } = expectOk(await phone.emit("call", { media: "audio" }));
  await bot.asked("sendMessage", (r) => r.outcome.startsWith("misbehaves"), { ms: TOLD_MS });
  expectOk(await phone.emit("hangup", { call_id }));
  await bot.received((m) => m.text.includes("Kısa Kısmet") && /📵/.test(m.text), { ms: TOLD_MS });
  assert.ok(!bot.texts().some((t) => t.includes("Kısa Kısmet") && tokenIn({ text: t })), "no link to a call that is over");
});

check("with an https address: a button, for sound and picture", async () => {
  const other = await Pocket.start({ https: true });
  try {
    const visitor = await other.visitor("Görüntülü Göksel");
    const phone = await phoneOf(other.server, visitor);
    expectOk(await phone.emit("call", { media: "video" }));
    const told = await other.bot.received((m) => m.button?.url, { ms: TOLD_MS });
    assert.match(told.button.url, /^https:\/\/sohbet\.example\/admin#answer=[A-Za-z0-9_-]{22,}$/);
    assert.ok(!told.text.includes("#answer="), told.text);
    const first = await other.tells(visitor, "ben de yazayım");
    const { message_id } = other.boss.says("/call", { reply_to: first.id });
    const said = await other.bot.received((m) => m.wantedReply === message_id, { ms: TOLD_MS });
    assert.match(said.button.url, /^https:\/\/sohbet\.example\/admin#answer=/);
  } finally {
    await endAllCalls();
    await other.end();
  }
});

check("call buttons are worth showing while Telegram listens", async () => {
  assert.equal(expectJson(await get(pocket.server, "/api/info")).pocket, true);
});

check("guessing links is slow", async () => {
  const strict = await Pocket.start({ env: { KONUSMA_RATE_LIMITS: undefined } });
  try {
    const answers = await Promise.all(Array.from({ length: 60 }, () => post(strict.server, "/api/admin/answer", { token: "A".repeat(43) })));
    assert.ok(answers.some((a) => a.status === 429), [...new Set(answers.map((a) => a.status))].join(" "));
  } finally {
    await strict.end();
  }
});
