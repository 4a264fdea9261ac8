// The main stories against a Bot API server that others wrote: telegram-test-api from npm. It knows getMe, getUpdates (without
// offsets or waiting), sendMessage, answerCallbackQuery, editMessageReplyMarkup, webhooks; it answers 500 to getChat,
// setMyCommands, files and topics, which must not keep the rest from working.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get, post } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { jpeg } from "../support/pictures.mjs";
import { freePort, Server, UNLIMITED } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";

const TelegramServer = createRequire(import.meta.url)("telegram-test-api");
/** Its bot has this id, whatever the token says. */
const TOKEN = "666:AAFconoUs3rsKnowThisSecretOfOurOwn0";
const TOLD_MS = 15_000;

let telegram;
let client;
let server;
let owner;
before(async () => {
  telegram = new TelegramServer({ host: "127.0.0.1", port: await freePort(), storeTimeout: 600 });
  await telegram.start();
  client = telegram.getClient(TOKEN, { userId: 4242, chatId: 4242, firstName: "Mehmet", userName: "mehmet" });
  server = await Server.start({ env: { ...UNLIMITED, KONUSMA_TELEGRAM_API: telegram.config.apiURL } });
  owner = await newOwner(server);
});
after(async () => {
  assert.ok(!server.log.join("\n").includes(TOKEN.split(":")[1]), "the token is in the output");
  await server.stop();
  await telegram.stop();
});

const state = async () => expectJson(await owner.get("/api/admin/telegram"));
const until = (what, fits, ms = TOLD_MS) => eventually(what, async () => [await state()].find(fits), ms);

/** All that the bot has said: `{messageId, message}`. */
const said = () => telegram.storage.botMessages.filter((m) => m.botToken === TOKEN);
const told = (words) => eventually(`told: ${words} (said: ${said().map((m) => m.message.text)})`, () => said().find((m) => m.message.text.includes(words)), TOLD_MS);

const types = (text, options) => client.sendMessage(client.makeMessage(text, options));
/** An answer to something that the bot has said, once the bot has heard that it was sent: people are slower than that. */
async function replies(text, to) {
  await eventually("the server has heard of it", async () => {
    const [row] = await query(server.database, "SELECT count(*) AS n FROM outbox");
    return row.n === 0;
  });
  return types(text, { reply_to_message: { message_id: to.messageId, date: 1, chat: { id: 4242, type: "private" }, text: to.message.text } });
}

check("paste the token, press Start, done", async () => {
  assert.equal((await state()).state, "off");
  expectJson(await owner.change("PUT", "/api/admin/telegram/token", { token: TOKEN }));
  const { bot, start_url } = await until("waiting", (t) => t.state === "waiting" && t.start_url);
  assert.equal(bot.username, "TestNameBot");
  await client.sendCommand(client.makeCommand(`/start ${new URL(start_url).searchParams.get("start")}`));
  const { chat, linked } = await until("ready", (t) => t.state === "ready");
  assert.deepEqual([chat.id, chat.kind, linked], [4242, "private", true]);
  assert.equal(expectJson(await get(server, "/api/info")).pocket, true);
});

check("the test message and its button", async () => {
  expectJson(await owner.change("POST", "/api/admin/telegram/test"));
  const question = await eventually("the question", () => said().find((m) => m.message.reply_markup?.inline_keyboard?.length), TOLD_MS);
  const { callback_data } = question.message.reply_markup.inline_keyboard[0][0];
  const message = { message_id: question.messageId, date: 1, chat: { id: 4242, type: "private" }, text: question.message.text };
  await client.sendCallback(client.makeCallbackQuery(callback_data, { message }));
  const { test } = await until("the press", (t) => t.test?.confirmed_at);
  assert.equal(test.by, "Mehmet");
});

check("a visitor's words come, an answer goes back, once", async () => {
  const visitor = await newVisitor(server, { name: "Ayşe Yılmaz" });
  const socket = await visitorSocket(server, visitor);
  await socket.say("Laleler ne kadar?");
  const first = await told("Laleler ne kadar?");
  assert.ok(first.message.text.includes("Ayşe Yılmaz"));
  await replies("On lira", first);
  const answer = await socket.next("message", (m) => m.from === "agent", TOLD_MS);
  assert.equal(answer.text, "On lira");
  await socket.say("Teşekkürler");
  const second = await told("Ayşe Yılmaz: Teşekkürler");
  await replies("Rica ederim", second);
  await socket.nextMessage("Rica ederim", TOLD_MS);
  const lines = (await owner.transcript(visitor.room)).filter((m) => m.from === "agent");
  assert.deepEqual(lines.map((m) => [m.text, m.via]), [["On lira", "telegram"], ["Rica ederim", "telegram"]]);
});

check("commands, and what belongs to nobody", async () => {
  const visitor = await newVisitor(server, { name: "Kapat Kadir" });
  const socket = await visitorSocket(server, visitor);
  await socket.say("kapatılacak");
  const first = await told("kapatılacak");
  await replies("/close", first);
  await eventually("closed", async () => (await owner.thread(visitor.room)).status === "closed", TOLD_MS);
  const before = said().length;
  await types("bu kime?");
  await eventually("how to do it", () => said().slice(before).find((m) => m.message.text.includes("/help")), TOLD_MS);
  assert.equal((await owner.transcript(visitor.room)).filter((m) => m.from === "agent").length, 0);
});

check("a server that knows no files: the picture is told in words, and the next message comes", async () => {
  const visitor = await newVisitor(server, { name: "Foto Fatma" });
  const socket = await visitorSocket(server, visitor);
  await socket.say("resimden önce");
  await told("resimden önce");
  await sendMessage(socket, await upload(server, visitor, "lale.jpg", jpeg()));
  await socket.say("resimden sonra");
  // 500 for a whole method is Telegram's trouble, not the message's: it is tried again and again before it is given up.
  await eventually("the next message, hours later", async () => {
    assert.equal((await post(server, "/debug/clock", { advance_ms: 120_000 })).status, 200);
    return said().find((m) => m.message.text.includes("resimden sonra"));
  }, 20_000);
});
