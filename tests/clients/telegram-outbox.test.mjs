// Telegram answers with errors, slowly, or not at all: what waits is told in order, once it can be.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { faults } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson } from "../support/http.mjs";
import { jpeg } from "../support/pictures.mjs";
import { ogg } from "../support/recordings.mjs";
import { Pocket, TOGETHER_MS, TOLD_MS } from "../support/telegram.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";

/** Back-off after four failures in a row: 1 + 2 + 4 + 8 s, some jitter and a busy machine. */
const BACK_OFF_MS = 25_000;

/** Each has a pocket of its own and a visitor in it; many at a time, because most of it is waiting. */
const alone = (name, body) =>
  check(name, () =>
    Pocket.use({}, async (pocket) => {
      const { bot } = pocket;
      const visitor = await pocket.visitor("Bekleyen Berk");
      await pocket.tells(visitor, "başlangıç");
      const told = (word) => bot.texts().filter((t) => t.split(/\s+/).includes(word));
      await body({ pocket, bot, visitor, told });
    }),
  );

const about = (words) => (p) => (p.text ?? p.caption ?? "").includes(words);

/** Says these one by one, so that each is a notice of its own, while Telegram misbehaves; then all come, in order. */
async function inOrder({ pocket, bot, visitor, told }, fault, { times = 1, loses = false } = {}) {
  const one = bot.misbehave("sendMessage", fault, { times });
  const words = ["A1", "A2", "A3"];
  await visitor.say(words[0]);
  await eventually("it was tried", () => one.met > 0, TOLD_MS);
  for (const word of words.slice(1)) await visitor.say(word);
  await eventually("all are told", () => told("A3").length > 0, BACK_OFF_MS);
  const lines = bot.texts().join("\n");
  const at = words.map((word) => lines.indexOf(word));
  assert.ok(at.every((n) => n >= 0) && at[0] < at[1] && at[1] < at[2], `${fault.name}: ${JSON.stringify(bot.texts())}`);
  if (!loses) for (const word of words) assert.equal(told(word).length, 1, `${word} once: ${JSON.stringify(bot.texts())}`);
  const { fault: left, state, queue } = await pocket.until("empty", (t) => t.queue.waiting === 0);
  assert.deepEqual([left, state, queue.waiting], [undefined, "ready", 0]);
  return one;
}
describe("outbox", { concurrency: 8 }, () => {
  alone("a Telegram that takes a message and never answers: it is said again, and the rest follows", async ({ pocket, bot, visitor, told }) => {
    bot.misbehave("sendMessage", faults.hang(), { when: about("asılı") });
    await visitor.say("asılı kalan");
    await bot.asked("sendMessage", (r) => r.outcome.includes("hang"), { ms: TOLD_MS });
    await visitor.say("arkadan gelen");
    // Patience is 30 s by the contract's "network"; the chat goes on meanwhile.
    await eventually("both", () => told("asılı").length === 1 && told("arkadan").length === 1, 50_000);
  });

  for (const [what, fault, options] of [
    ["500", faults.internal(), { times: 2 }],
    ["502 with HTML", faults.badGateway()],
    ["200 with HTML", faults.htmlAsOk()],
    ["half an answer", faults.garbage()],
    ["a reset before the work", faults.resetBefore()],
    ["a slow answer", faults.slowDrip(1500)],
  ]) {
    alone(`${what}: all come, once, in order`, (story) => inOrder(story, fault, options));
  }

  alone("a reset after the work: all come, at least once, in order", (story) => inOrder(story, faults.resetAfter(), { loses: true }));

  alone("429: not a moment before retry_after", async (story) => {
    const { bot } = story;
    const one = await inOrder(story, faults.tooMany(3));
    const asked = bot.requests.filter((r) => r.method === "sendMessage" && about("A1")(r.params));
    assert.ok(asked.length >= 2 && asked[1].at - asked[0].at >= 3_000, `after ${asked[1]?.at - asked[0].at} ms`);
    assert.equal(one.met, 1);
  });

  alone("a message that Telegram refuses goes in a simpler form, or is kept with why, and the next comes", async ({ pocket, bot, visitor, told }) => {
    bot.misbehave("sendPhoto", faults.badRequest("IMAGE_PROCESS_FAILED"), { times: 5 });
    bot.misbehave("sendVoice", faults.badRequest("VOICE_MESSAGES_FORBIDDEN"), { times: 5 });
    for (const [name, bytes] of [["a.jpg", jpeg()], ["a.ogg", ogg()]]) {
      await sendMessage(visitor.socket, await upload(pocket.server, visitor, name, bytes));
      const shown = await bot.received((m) => m.file, { ms: TOLD_MS, what: name });
      assert.ok(["sendDocument", "sendAudio"].includes(shown.method), shown.method);
    }
    const refusing = bot.misbehave("sendMessage", faults.badRequest("nobody knows why"), { times: 100, when: about("zehirli") });
    await visitor.say("zehirli mesaj");
    await eventually("it is given up", async () => (await pocket.state()).failed.length === 1, TOLD_MS);
    await pocket.tells(visitor, "sonraki mesaj");
    const { failed, fault, state } = await pocket.state();
    assert.deepEqual([state, fault], ["ready", undefined], "one message is no fault of Telegram's");
    assert.deepEqual([failed[0].kind, failed[0].room, failed[0].name], ["message", visitor.room, "Bekleyen Berk"]);
    assert.ok(failed[0].error.includes("nobody knows why") && failed[0].attempts >= 1, JSON.stringify(failed[0]));
    refusing.end();
    expectJson(await pocket.change("POST", "/failed/retry", { id: failed[0].id }));
    await bot.received("zehirli mesaj", { ms: TOLD_MS });
    await pocket.until("nothing failed", (t) => t.failed.length === 0);
  });

  alone("dead letters can be thrown away, or tried again all at once; others' ids are none", async ({ pocket, bot, visitor, told }) => {
    const refusing = bot.misbehave("sendMessage", faults.badRequest("no"), { times: 100, when: about("zehir") });
    const others = [];
    for (const name of ["Z1", "Z2", "Z3"]) {
      const v = await pocket.visitor(name);
      await v.say("zehir");
      others.push(v);
    }
    const { failed } = await pocket.until("three", (t) => t.failed.length === 3, BACK_OFF_MS);
    assert.equal((await pocket.change("DELETE", "/failed/999999")).status, 404);
    const gone = failed.find((f) => f.name === "Z2");
    assert.ok([200, 204].includes((await pocket.change("DELETE", `/failed/${gone.id}`)).status));
    refusing.end();
    expectJson(await pocket.change("POST", "/failed/retry", {}));
    await Promise.all(["Z1", "Z3"].map((name) => bot.received((m) => m.text.includes(name) && m.text.includes("zehir"), { ms: TOLD_MS, what: name })));
    await pocket.until("nothing failed", (t) => t.failed.length === 0 && t.queue.waiting === 0);
    assert.ok(!bot.texts().some((t) => t.includes("Z2")), "thrown away");
  });

  alone("an erased person's notices are not told any more", async ({ pocket, bot, visitor, told }) => {
    await bot.unreachable();
    const other = await pocket.visitor("Silinen Sema");
    await other.say("beni unutun");
    await visitor.say("beni unutmayın");
    await eventually("both wait", async () => (await pocket.state()).queue.waiting >= 2);
    assert.equal((await pocket.owner.change("DELETE", `/api/admin/sessions/${other.room}`)).status, 204);
    await bot.reachable();
    await pocket.advance(60_000);
    await bot.received("beni unutmayın", { ms: TOLD_MS });
    await pocket.emptied();
    assert.ok(!bot.texts().some((t) => t.includes("beni unutun") || t.includes("Silinen Sema")), JSON.stringify(bot.texts()));
    assert.deepEqual(await pocket.rows(`SELECT * FROM telegram_threads t LEFT JOIN chat_sessions s ON s.id = t.chat_session_id WHERE s.id IS NULL`), []);
  });

  alone("what waits is seen in the panel, and survives a kill", async ({ pocket, bot, visitor, told }) => {
    await bot.unreachable();
    for (const word of ["K1", "K2", "K3"]) await visitor.say(word);
    const { queue, fault } = await pocket.until("they wait", (t) => t.queue.waiting >= 3 && t.fault?.code === "network");
    assert.ok(queue.oldest_at > 0 && fault.title);
    await pocket.restart();
    await bot.reachable();
    await pocket.advance(60_000);
    await eventually("all", () => told("K3").length > 0, TOLD_MS);
    for (const word of ["K1", "K2", "K3"]) assert.equal(told(word).length, 1, JSON.stringify(bot.texts()));
  });

  alone("a polite stop does not wait for a Telegram that hangs", async ({ pocket, bot, visitor, told }) => {
    bot.misbehave("sendMessage", faults.hang(), { times: 9 });
    await visitor.say("kapanırken");
    await bot.asked("sendMessage", (r) => r.outcome.includes("hang"), { ms: TOLD_MS });
    const began = Date.now();
    await pocket.restart({ polite: true });
    assert.ok(Date.now() - began < 5_000, `${Date.now() - began} ms`);
    bot.behave();
    await bot.received("kapanırken", { ms: TOLD_MS });
  });

  alone("no notice is told before what came before it, also while one is refused for a while", async ({ pocket, bot, visitor, told }) => {
    const other = await pocket.visitor("Öbür Ömer");
    bot.misbehave("sendMessage", faults.internal(), { times: 2, when: about("önceki") });
    await visitor.say("önceki");
    await new Promise((resolve) => setTimeout(resolve, TOGETHER_MS));
    await visitor.say("ardından");
    await other.say("başkasının");
    await eventually("all", () => ["önceki", "ardından", "başkasının"].every((w) => told(w).length === 1), BACK_OFF_MS);
    const order = bot.texts().join("\n");
    assert.ok(order.indexOf("önceki") < order.indexOf("ardından"), JSON.stringify(bot.texts()));
  });
});
