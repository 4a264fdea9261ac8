// From nothing to a bot that works, as the panel does it; and what can be wrong, in words.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { faults, newToken, newUser } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, expectProblem, get, request } from "../support/http.mjs";
import { newAgent } from "../support/people.mjs";
import { Pocket } from "../support/telegram.mjs";

/** Each has a pocket of its own, in which nothing is set up; some at a time, because most of it is waiting. */
const alone = (name, body) => check(name, () => Pocket.use({ pinned: false }, body));

const putToken = (pocket, token = pocket.bot.token) => pocket.change("PUT", "/token", { token });
const codeIn = (url) => new URL(url).searchParams.get("start") ?? new URL(url).searchParams.get("startgroup");

async function waiting(pocket) {
  expectJson(await putToken(pocket));
  return pocket.until("waiting", (t) => t.state === "waiting" && t.start_url);
}

async function expectFault(pocket, code) {
  const { fault } = await pocket.until(`fault ${code}`, (t) => t.fault?.code === code);
  assert.ok(fault.title.length > 10 && fault.fix.length > 10, JSON.stringify(fault));
  return fault;
}

describe("set-up", { concurrency: 4 }, () => {
  alone("paste the token, press Start, done", async (pocket) => {
    const { bot } = pocket;
    const off = await pocket.state();
    assert.deepEqual([off.state, off.pinned, off.bot, off.chat, off.linked], ["off", { token: false, chat: false }, undefined, undefined, false]);
    const { bot: found, start_url, group_url } = await waiting(pocket);
    assert.deepEqual([found.name, found.username], ["Dükkân", "dukkan_bot"]);
    assert.match(start_url, /^https:\/\/t\.me\/dukkan_bot\?start=[A-Za-z0-9_-]{8,64}$/);
    assert.match(group_url, /^https:\/\/t\.me\/dukkan_bot\?startgroup=[A-Za-z0-9_-]{8,64}$/);
    assert.equal((await pocket.state()).start_url, start_url, "a reloaded page shows the same link");

    pocket.boss.starts(codeIn(start_url));
    const ready = await pocket.until("ready", (t) => t.state === "ready");
    assert.deepEqual(ready.chat, { id: pocket.chat.id, title: "Mehmet", kind: "private" });
    assert.equal(ready.linked, true, "whoever presses Start in private is this agent in Telegram");
    await bot.received((m) => m.chat_id === pocket.chat.id);
    assert.equal(expectJson(await get(pocket.server, "/api/info")).pocket, true);

    const sent = expectJson(await pocket.change("POST", "/test"));
    assert.ok(sent.test.sent_at > 0 && !sent.test.confirmed_at, JSON.stringify(sent.test));
    const question = await bot.received((m) => m.button?.callback_data);
    await pocket.boss.presses(question.message);
    const { test } = await pocket.until("the press", (t) => t.test?.confirmed_at);
    assert.equal(test.by, "Mehmet");
    await bot.asked("editMessageReplyMarkup");
    assert.deepEqual(bot.commands.map((c) => c.command).toSorted(), ["block", "call", "close", "help", "mute", "status"]);
  });

  alone("a code works once, and only as it is", async (pocket) => {
    const { bot } = pocket;
    const code = codeIn((await waiting(pocket)).start_url);
    const stranger = bot.person(bot.privateChat({ first_name: "Yabancı" }));
    stranger.starts(`${code}x`);
    await bot.received((m) => m.chat_id === stranger.chat.id);
    assert.equal((await pocket.state()).state, "waiting");
    const fresh = codeIn((await pocket.until("a link", (t) => t.start_url)).start_url);
    pocket.boss.starts(fresh);
    await pocket.until("ready", (t) => t.state === "ready");
    const { update } = stranger.starts(fresh);
    await bot.updates.confirmed(update);
    assert.equal((await pocket.state()).chat.id, pocket.chat.id, "used up");
  });

  alone("a code is good for a day", async (pocket) => {
    const { bot } = pocket;
    const code = codeIn((await waiting(pocket)).start_url);
    await pocket.advance(25 * 3_600_000);
    pocket.boss.starts(code);
    await bot.received((m) => m.chat_id === pocket.chat.id);
    assert.equal((await pocket.state()).state, "waiting");
    const { start_url } = await pocket.state();
    assert.notEqual(codeIn(start_url), code, "renewed");
  });

  alone("a chat that starts without the code, or a group the bot is added to, is confirmed by the owner", async (pocket) => {
    const { bot } = pocket;
    await waiting(pocket);
    const forum = bot.group({ title: "Çiçekçi", forum: true, member: false });
    const other = bot.privateChat({ first_name: "Komşu" });
    bot.person(forum, newUser()).addsBot();
    bot.person(other).starts();
    const { candidates, state } = await pocket.until("two candidates", (t) => t.candidates.length === 2);
    assert.equal(state, "waiting");
    assert.deepEqual(candidates.map((c) => [c.id, c.title, c.kind]).toSorted(), [[forum.id, "Çiçekçi", "forum"], [other.id, "Komşu", "private"]].toSorted());
    expectProblem(await pocket.change("PUT", "/chat", { id: 4711 }), 404, "not_found");
    expectJson(await pocket.change("PUT", "/chat", { id: forum.id }));
    const ready = await pocket.until("ready", (t) => t.state === "ready");
    assert.deepEqual(ready.chat, { id: forum.id, title: "Çiçekçi", kind: "forum" });
    assert.equal(expectJson(await pocket.change("DELETE", "/chat")).state, "waiting");
  });

  alone("a group chosen behind the link needs no confirmation", async (pocket) => {
    const { bot } = pocket;
    const { group_url } = await waiting(pocket);
    const group = bot.group({ title: "Ekip", member: false });
    bot.person(group, newUser()).starts(codeIn(group_url));
    const { chat } = await pocket.until("ready", (t) => t.state === "ready");
    assert.deepEqual(chat, { id: group.id, title: "Ekip", kind: "group" });
  });

  alone("a token that Telegram does not know, or that is none, is refused in words", async (pocket) => {
    const { bot } = pocket;
    for (const token of [newToken(), "nonsense", "", "123:short", `${bot.token} `.repeat(2), `${bot.token}/../getMe`]) {
      expectProblem(await putToken(pocket, token), 422, "telegram_token");
    }
    assert.equal((await pocket.state()).state, "off");
    assert.equal(expectJson(await putToken(pocket, ` ${bot.token}\n`)).bot?.username ?? "dukkan_bot", "dukkan_bot", "pasted with what was around it");
  });

  alone("Telegram cannot be reached while the token is pasted", async (pocket) => {
    const { bot } = pocket;
    await bot.unreachable();
    expectProblem(await putToken(pocket), 502, "telegram_network");
    await bot.reachable();
    bot.misbehave("getMe", faults.badGateway(), { times: 9 });
    expectProblem(await putToken(pocket), 502, "telegram_network");
    bot.behave();
    expectJson(await putToken(pocket));
  });

  alone("the test message says why it was not sent", async (pocket) => {
    const { bot } = pocket;
    expectProblem(await pocket.change("POST", "/test"), 409, "telegram_chat");
    const { start_url } = await waiting(pocket);
    pocket.boss.starts(codeIn(start_url));
    await pocket.until("ready", (t) => t.state === "ready");
    bot.misbehave("sendMessage", faults.badRequest("chat not found"));
    expectProblem(await pocket.change("POST", "/test"), 422, "telegram_refused");
    bot.misbehave("sendMessage", faults.badGateway(), { times: 5 });
    expectProblem(await pocket.change("POST", "/test"), 502, "telegram_network");
    bot.behave();
    assert.ok(expectJson(await pocket.change("POST", "/test")).test.sent_at);
  });

  alone("only the owner changes it; an agent sees how it is", async (pocket) => {
    const { bot } = pocket;
    const { start_url } = await waiting(pocket);
    const agent = pocket.listened(await newAgent(pocket.server, "ali", "Ali"));
    const seen = await pocket.state(agent);
    assert.deepEqual([seen.state, seen.start_url, seen.group_url], ["waiting", undefined, undefined]);
    for (const [method, where, json] of [
      ["PUT", "/token", { token: bot.token }],
      ["DELETE", ""],
      ["PUT", "/chat", { id: 1 }],
      ["DELETE", "/chat"],
      ["PUT", "/settings", seen.settings],
      ["POST", "/test"],
      ["POST", "/failed/retry", {}],
      ["DELETE", "/failed/1"],
    ]) {
      const response = await pocket.change(method, where, json, agent);
      assert.equal(response.status, 403, `${method} ${where}: ${response.status} ${response.text}`);
    }
    const bare = await request(pocket.server, "PUT", "/api/admin/telegram/token", { json: { token: bot.token }, cookie: pocket.owner.cookie, headers: { Origin: pocket.server.url } });
    expectProblem(bare, 400, "csrf");
    expectProblem(await get(pocket.server, "/api/admin/telegram"), 401, "unauthorized");
    // The agent's own account, by a link of their own.
    pocket.boss.starts(codeIn(start_url));
    await pocket.until("ready", (t) => t.state === "ready");
    const { url } = expectJson(await pocket.change("POST", "/link", undefined, agent));
    const ali = bot.person(bot.privateChat({ first_name: "Ali" }));
    ali.starts(codeIn(url));
    await eventually("linked", async () => (await pocket.state(agent)).linked);
    assert.equal((await pocket.state()).chat.id, pocket.chat.id, "the chat stays");
    await pocket.change("DELETE", "/link", undefined, agent);
    assert.equal((await pocket.state(agent)).linked, false);
  });

  alone("settings are checked", async (pocket) => {
    const { bot } = pocket;
    await waiting(pocket);
    const { settings } = await pocket.state();
    assert.equal(settings.notify, "away");
    const quiet = { from: "22:00", to: "08:00", time_zone: "Europe/Istanbul" };
    for (const changes of [{ notify: "always" }, { quiet }, { language: "en" }, { quiet: null }]) {
      const after = (await pocket.choose(changes)).settings;
      for (const [name, value] of Object.entries(changes)) assert.deepEqual(after[name], value);
    }
    for (const changes of [
      { notify: "never" }, { language: "de" }, { quiet: { ...quiet, from: "24:00" } }, { quiet: { ...quiet, to: "8" } },
      { quiet: { ...quiet, time_zone: "Mars/Olympus" } }, { quiet: { from: "22:00" } }, { colour: "red" },
    ]) {
      const response = await pocket.change("PUT", "/settings", { ...settings, ...changes });
      assert.equal(response.status, 400, `${JSON.stringify(changes)}: ${response.status} ${response.text}`);
    }
  });

  alone("a token that is taken back later, another program, a bot that was removed: said as what they are", async (pocket) => {
    const { bot } = pocket;
    const { start_url } = await waiting(pocket);
    const group = bot.group({ title: "Ekip", member: false });
    const person = bot.person(group, newUser());
    person.starts(codeIn(start_url));
    await pocket.until("ready", (t) => t.state === "ready");

    bot.misbehave("getUpdates", faults.refuse(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"), { times: 3 });
    // The poll that is open now ends as soon as somebody writes.
    person.says("merhaba");
    await expectFault(pocket, "conflict");
    bot.behave();
    await pocket.until("ready again", (t) => t.state === "ready" && !t.fault);

    const withdrawn = bot.misbehave("getUpdates", faults.unauthorized(), { times: 1000 });
    person.says("orada mısın?");
    const { title } = await expectFault(pocket, "token");
    assert.equal((await pocket.state()).state, "fault");
    const health = JSON.parse((await get(pocket.server, "/health")).text);
    assert.ok(JSON.stringify(health.warnings ?? []).includes('"telegram"'), `a warning: ${JSON.stringify(health)}; ${title}`);
    withdrawn.end();
    await pocket.until("ready again", (t) => t.state === "ready" && !t.fault);

    person.removesBot();
    const visitor = await pocket.visitor();
    await visitor.say("kimse var mı?");
    await expectFault(pocket, "chat");
    person.addsBot();
    await bot.received("kimse var mı?");
    await pocket.until("ready again", (t) => t.state === "ready" && !t.fault);
  });

  alone("a webhook that somebody has set is taken away", async (pocket) => {
    const { bot } = pocket;
    bot.updates.webhook = "https://elsewhere.example/hook";
    const { start_url } = await waiting(pocket);
    await bot.asked("deleteWebhook");
    pocket.boss.starts(codeIn(start_url));
    await pocket.until("ready", (t) => t.state === "ready");
  });

  alone("forgetting the bot forgets all of it", async (pocket) => {
    const { bot } = pocket;
    const { start_url } = await waiting(pocket);
    pocket.boss.starts(codeIn(start_url));
    await pocket.until("ready", (t) => t.state === "ready");
    const off = expectJson(await pocket.change("DELETE", ""));
    assert.deepEqual([off.state, off.bot, off.chat, off.linked], ["off", undefined, undefined, false]);
    await eventually("nobody polls", () => !bot.updates.isPolled);
    await (await pocket.visitor()).say("selam");
    assert.equal((await pocket.state()).queue.waiting, 0);
    assert.equal(expectJson(await get(pocket.server, "/api/info")).pocket, false);
    expectJson(await putToken(pocket));
    await pocket.until("waiting", (t) => t.state === "waiting");
  });

  alone("the set-up outlives a restart", async (pocket) => {
    const { bot } = pocket;
    const { start_url } = await waiting(pocket);
    pocket.boss.starts(codeIn(start_url));
    await pocket.until("ready", (t) => t.state === "ready");
    await pocket.restart();
    await pocket.until("ready", (t) => t.state === "ready" && t.bot);
    await pocket.tells(await pocket.visitor(), "yeniden merhaba");
  });
});
