// The Bot API server of our own tests is held to the documentation, too: what it refuses decides what the product must do.
import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";

import { BotApi, faults, newToken, newUser } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { pdf } from "../support/documents.mjs";
import { gif, jpeg, png, webp } from "../support/pictures.mjs";
import { mp3, ogg, webm } from "../support/recordings.mjs";

let bot;
let chat;
let ali;
beforeEach(async () => {
  bot = await BotApi.start();
  chat = bot.privateChat({ first_name: "Ali" });
  ali = bot.person(chat);
});
afterEach(() => bot.stop());

const raw = (method, body, { token = bot.token, type = "application/json" } = {}) =>
  fetch(`${bot.url}/bot${token}/${method}`, { method: "POST", headers: { "Content-Type": type }, body: JSON.stringify(body) });

async function call(method, params = {}) {
  return (await raw(method, params)).json();
}

async function upload(method, field, bytes, name, params = {}) {
  const form = new FormData();
  form.append("chat_id", String(chat.id));
  for (const [key, value] of Object.entries(params)) form.append(key, typeof value === "string" ? value : JSON.stringify(value));
  form.append(field, new Blob([bytes]), name);
  return (await fetch(`${bot.url}/bot${bot.token}/${method}`, { method: "POST", body: form })).json();
}

/** Refused with these words, and noted as a violation or not. */
async function refused(answer, words, violations) {
  const { ok, description } = await answer;
  assert.equal(ok, false);
  assert.ok(description.includes(words), `${description}, not ${words}`);
  if (violations !== undefined) assert.equal(bot.violations.splice(0).length > 0, violations, `${words}: a violation`);
}

const text = (words, rest = {}) => call("sendMessage", { chat_id: chat.id, text: words, ...rest });

check("only this bot's token is known", async () => {
  const other = await raw("getMe", {}, { token: newToken() });
  assert.deepEqual([other.status, (await other.json()).description], [401, "Unauthorized"]);
  assert.equal((await raw("getMe", {}, { token: "nonsense" })).status, 404);
  assert.equal((await call("getMe")).result.username, "dukkan_bot");
});

check("a method, a parameter or a type that is not documented is a violation", async () => {
  await call("sendSomething", { chat_id: 1 });
  assert.match(bot.violations.splice(0)[0].what, /no method/);
  assert.equal((await text("a", { colour: "red" })).ok, true, "Telegram does not read it");
  assert.match(bot.violations.splice(0)[0].what, /unknown/);
  await text("a", { parse_mode: "HTML" });
  assert.match(bot.violations.splice(0)[0].what, /markup/);
  await refused(call("sendMessage", { text: "a" }), "chat_id", true);
  await refused(text(5), "message", true);
  await refused(text("a", { disable_notification: "yes" }), "disable_notification", true);
  await refused(text("a", { reply_parameters: { message: 1 } }), "reply_parameters", true);
  await refused(call("getUpdates", { limit: 101 }), "limit", true);
  await refused(call("getUpdates", { allowed_updates: ["messages"] }), "allowed_updates", true);
});

check("lengths count UTF-16 units", async () => {
  assert.equal((await text("👍".repeat(2048))).ok, true);
  await refused(text("👍".repeat(2049)), "too long", true);
  await refused(text("  \n "), "empty", true);
  await refused(text("\u2800\u200b"), "empty", false);
  assert.equal((await upload("sendPhoto", "photo", png(), "a.png", { caption: "ğ".repeat(1024) })).ok, true);
  await refused(upload("sendPhoto", "photo", png(), "a.png", { caption: "ğ".repeat(1025) }), "caption is too long", true);
});

check("entities lie inside the text, on whole characters", async () => {
  const bold = (offset, length) => [{ type: "bold", offset, length }];
  assert.equal((await text("👍 Ali", { entities: bold(0, 2) })).result.entities[0].length, 2);
  const link = (url) => [{ type: "text_link", offset: 3, length: 3, url }];
  assert.equal((await text("👍 Ali", { entities: link("https://shop.example/a") })).result.entities.length, 1);
  assert.equal((await text("👍 Ali", { entities: link("http://127.0.0.1:10000/a") })).result.entities.length, 0, "plain text");
  for (const entities of [[{ type: "text_link", offset: 3, length: 3 }], bold(0, 1), bold(1, 2), bold(3, 4), bold(-1, 2), bold(0, 0), [{ type: "loud", offset: 0, length: 2 }]]) {
    await refused(text("👍 Ali", { entities }), "ENTITY", true);
  }
});

check("a button's address has to be one of the world's", async () => {
  const button = (url) => ({ reply_markup: { inline_keyboard: [[{ text: "Cevapla", url }]] } });
  for (const url of ["http://localhost/a", "http://127.0.0.1:10000/admin", "http://shop/", "javascript:alert(1)", "ftp://a.example/"]) {
    await refused(text("a", button(url)), `button URL '${url}' is invalid: Wrong HTTP URL`, true);
  }
  assert.equal((await text("a", button("https://shop.example/admin#answer=x"))).ok, true);
  const data = (callback_data) => ({ reply_markup: { inline_keyboard: [[{ text: "a", callback_data }]] } });
  assert.equal((await text("a", data("x".repeat(64)))).ok, true);
  await refused(text("a", data("ğ".repeat(33))), "BUTTON_DATA_INVALID", true);
  await refused(text("a", { reply_markup: { inline_keyboard: [[{ text: "a" }]] } }), "BUTTON", true);
});

check("files are what their method says", async () => {
  for (const [method, field, good, bad] of [
    ["sendPhoto", "photo", [png(), jpeg(), webp()], [gif(), pdf(), png(9000, 1100), png(21, 1)]],
    ["sendVoice", "voice", [ogg(), mp3()], [webm(), pdf()]],
    ["sendAnimation", "animation", [gif()], [png()]],
    ["sendDocument", "document", [pdf(), webm()], [Buffer.alloc(0)]],
  ]) {
    for (const bytes of good) assert.equal((await upload(method, field, bytes, "a")).ok, true, `${method} ${bytes.subarray(0, 8)}`);
    for (const bytes of bad) await refused(upload(method, field, bytes, "a"), "Bad Request", true);
  }
  const name = 'fatura "ocak" ğ.pdf';
  await upload("sendDocument", "document", pdf(), name, { caption: "42" });
  const { file, text: caption } = bot.sent.at(-1);
  assert.deepEqual([file.name, caption, file.bytes.equals(pdf())], [name, "42", true]);
});

check("a reply needs its message, unless it may do without", async () => {
  const first = (await text("bir")).result.message_id;
  assert.equal((await text("iki", { reply_parameters: { message_id: first } })).result.reply_to_message.text, "bir");
  await refused(text("üç", { reply_parameters: { message_id: 999 } }), "message to be replied not found", false);
  const free = await text("dört", { reply_parameters: { message_id: 999, allow_sending_without_reply: true } });
  assert.equal(free.result.reply_to_message, undefined);
});

check("topics are made, closed, deleted, and need a right", async () => {
  const forum = bot.group({ forum: true });
  const boss = bot.person(forum, newUser());
  const made = await call("createForumTopic", { chat_id: forum.id, name: "Ayşe" });
  const topic = made.result.message_thread_id;
  const write = () => call("sendMessage", { chat_id: forum.id, text: "a", message_thread_id: topic });
  assert.equal((await write()).result.is_topic_message, true);
  boss.closesTopic(topic);
  await refused(write(), "TOPIC_CLOSED", false);
  assert.equal((await call("reopenForumTopic", { chat_id: forum.id, message_thread_id: topic })).ok, true);
  assert.equal((await write()).ok, true);
  boss.deletesTopic(topic);
  await refused(write(), "message thread not found", false);
  await refused(call("createForumTopic", { chat_id: forum.id, name: "x".repeat(129) }), "TOPIC", true);
  boss.takesTopicsRight();
  await refused(call("createForumTopic", { chat_id: forum.id, name: "Ayşe" }), "not enough rights", false);
  await refused(call("createForumTopic", { chat_id: chat.id, name: "Ayşe" }), "not a forum", false);
});

check("who has not pressed Start, or has blocked the bot, is not written to", async () => {
  const stranger = bot.privateChat({ started: false });
  await refused(call("sendMessage", { chat_id: stranger.id, text: "a" }), "can't initiate", false);
  ali.blocksBot();
  await refused(text("a"), "blocked", false);
  await refused(call("sendMessage", { chat_id: 4711, text: "a" }), "chat not found", false);
  const group = bot.group();
  const boss = bot.person(group, newUser());
  const there = boss.upgradesGroup();
  const moved = await call("sendMessage", { chat_id: group.id, text: "a" });
  assert.equal(moved.parameters.migrate_to_chat_id, there.chat.id);
  there.removesBot();
  await refused(call("sendMessage", { chat_id: there.chat.id, text: "a" }), "kicked", false);
});

check("updates wait until they are confirmed by an offset", async () => {
  const first = ali.says("bir");
  ali.says("iki");
  const { result } = await call("getUpdates", { timeout: 0 });
  assert.deepEqual(result.map((u) => u.message.text), ["bir", "iki"]);
  assert.ok(result[1].update_id > result[0].update_id);
  assert.equal((await call("getUpdates")).result.length, 2, "not confirmed");
  const confirmed = bot.updates.confirmed(first.update);
  assert.deepEqual((await call("getUpdates", { offset: result[1].update_id })).result.map((u) => u.message.text), ["iki"]);
  await confirmed;
  const poll = call("getUpdates", { offset: result[1].update_id + 1, timeout: 20 });
  await bot.asked("getUpdates", (r) => r.params.timeout === 20);
  ali.edits(first, "BİR");
  assert.equal((await poll).result[0].edited_message.text, "BİR");
});

check("one poller at a time; none beside a webhook", async () => {
  const first = call("getUpdates", { timeout: 20 });
  await bot.asked("getUpdates");
  const second = call("getUpdates", { timeout: 20, limit: 5 });
  assert.match((await first).description, /^Conflict: terminated by other getUpdates request/);
  ali.says("a");
  assert.equal((await second).result.length, 1);
  bot.updates.webhook = "https://elsewhere.example/";
  assert.match((await call("getUpdates")).description, /webhook is active/);
  await call("deleteWebhook");
  assert.equal((await call("getUpdates")).ok, true);
});

check("a poller that hangs up makes room, and takes no update along", async () => {
  const ending = new AbortController();
  const poll = fetch(`${bot.url}/bot${bot.token}/getUpdates`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ timeout: 20 }), signal: ending.signal,
  }).catch((error) => error.name);
  await bot.asked("getUpdates");
  ending.abort();
  assert.equal(await poll, "AbortError");
  ali.says("a");
  assert.equal((await call("getUpdates")).result[0].message.text, "a");
});

check("a pressed button is answered once", async () => {
  const { result } = await text("Size ulaştı mı?", { reply_markup: { inline_keyboard: [[{ text: "Aldım", callback_data: "got_it" }]] } });
  const answered = ali.presses(result);
  const [{ callback_query: query }] = (await call("getUpdates")).result;
  assert.deepEqual([query.data, query.message.message_id, query.from.id], ["got_it", result.message_id, ali.id]);
  await call("answerCallbackQuery", { callback_query_id: query.id, text: "Teşekkürler" });
  assert.equal((await answered).text, "Teşekkürler");
  await refused(call("answerCallbackQuery", { callback_query_id: query.id }), "query is too old", false);
  assert.equal((await call("editMessageReplyMarkup", { chat_id: chat.id, message_id: result.message_id, reply_markup: { inline_keyboard: [] } })).ok, true);
  await refused(call("editMessageReplyMarkup", { chat_id: chat.id, message_id: result.message_id }), "not modified", false);
});

check("files are fetched by their path, up to 20 MB", async () => {
  const bytes = jpeg();
  const { photo } = ali.sendsPhoto(bytes, { caption: "bak" });
  const { result } = await call("getFile", { file_id: photo.at(-1).file_id });
  const got = await fetch(`${bot.url}/file/bot${bot.token}/${result.file_path}`);
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes);
  assert.equal((await fetch(`${bot.url}/file/bot${newToken()}/${result.file_path}`)).status, 404);
  const { document } = ali.sendsDocument(pdf(), { claimedSize: 21 * 1024 * 1024 });
  await refused(call("getFile", { file_id: document.file_id }), "file is too big", false);
});

check("it misbehaves on demand, and only then", async () => {
  bot.misbehave("sendMessage", faults.internal());
  assert.equal((await raw("sendMessage", { chat_id: chat.id, text: "a" })).status, 500);
  bot.misbehave("sendMessage", faults.badGateway());
  assert.match(await (await raw("sendMessage", { chat_id: chat.id, text: "a" })).text(), /^<html>/);
  bot.misbehave("*", faults.tooMany(7));
  assert.equal((await text("a")).parameters.retry_after, 7);
  bot.misbehave("sendMessage", faults.resetBefore());
  await assert.rejects(text("a"));
  assert.equal(bot.sent.length, 0);
  bot.misbehave("sendMessage", faults.resetAfter());
  await assert.rejects(text("b"));
  assert.equal((await bot.received()).text, "b");
  bot.misbehave("sendMessage", faults.slowDrip(100), { when: (p) => p.text === "c" });
  assert.equal((await text("d")).ok, true);
  assert.equal((await text("c")).result.text, "c");
  bot.misbehave("sendMessage", faults.garbage());
  await assert.rejects(text("e"));
  await bot.unreachable();
  await assert.rejects(text("f"));
  await bot.reachable();
  // fetch may still hold a connection that it does not know to be gone.
  const back = await eventually("it is back", () => text("f").catch(() => undefined));
  assert.equal(back.ok, true);
  assert.deepEqual(bot.violations, []);
});
