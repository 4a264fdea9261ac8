// What is said in Telegram, on its way to a visitor.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { faults, newUser } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson } from "../support/http.mjs";
import { newAgent } from "../support/people.mjs";
import { jpeg, webp } from "../support/pictures.mjs";
import { m4a, mp3, ogg } from "../support/recordings.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";
import { fetchFile } from "../support/uploads.mjs";

let pocket;
let bot;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
});
after(() => pocket.end());

/** A visitor who has written, and what was told of it. */
async function waiting(name, words = `${name} soruyor`) {
  const visitor = await pocket.visitor(name);
  const ack = await visitor.say(words);
  const told = await bot.received((m) => m.text.includes(words), { ms: TOLD_MS, what: words });
  return { visitor, told, ack };
}

const nextAnswer = (visitor, fits = () => true) => visitor.socket.next("message", (m) => m.from === "agent" && fits(m), TOLD_MS);

/** What the bot says to a message in Telegram. */
const botSays = (message) => bot.received((m) => m.wantedReply === message.message_id, { ms: TOLD_MS, what: `an answer to ${JSON.stringify(message.text)}` });

const agentLines = async (visitor) => (await pocket.owner.transcript(visitor.room)).filter((m) => m.from === "agent");

describe("answers", { concurrency: true }, () => {
  check("a reply is the agent's message, and where it came from is told to agents", async () => {
    const { visitor, told } = await waiting("Yanıt Yasemin");
    pocket.boss.says("Buyurun 👋", { reply_to: told.id });
    const answer = await pocket.answered(visitor, "Buyurun 👋");
    assert.deepEqual([answer.from, answer.kind, answer.author, answer.reply_to], ["agent", "text", "Mehmet", undefined]);
    const [line] = await agentLines(visitor);
    assert.deepEqual([line.id, line.via], [answer.id, "telegram"]);
    const thread = await pocket.owner.thread(visitor.room);
    assert.ok(!thread.waiting_since, `nobody waits any more: ${JSON.stringify(thread)}`);
  });

  check("a reply to any message about the visitor, also an old one or an own one", async () => {
    const { visitor, told, ack } = await waiting("Eski Esra");
    await pocket.tells(visitor, "yeni mesajım");
    const own = pocket.boss.says("eskiye cevap", { reply_to: told.id });
    assert.equal((await pocket.answered(visitor, "eskiye cevap")).reply_to, ack.id, "not to the newest: it is meant");
    pocket.boss.says("kendi cevabıma ek", { reply_to: own });
    await pocket.answered(visitor, "kendi cevabıma ek");
  });

  check("a quote is a quote, even of the newest", async () => {
    const { visitor, told, ack } = await waiting("Alıntı Ahu");
    pocket.boss.says("bunu", { reply_to: told.id, quote: "soruyor" });
    assert.equal((await pocket.answered(visitor, "bunu")).reply_to, ack.id);
  });

  check("an edit changes the message, in the visitor's page, too", async () => {
    const { visitor, told } = await waiting("Düzelt Derya");
    const said = pocket.boss.says("yanlş", { reply_to: told.id });
    const { id } = await pocket.answered(visitor, "yanlş");
    const desk = await pocket.desk();
    pocket.boss.edits(said, "yanlış");
    const edited = await visitor.socket.next("edited", (e) => e.id === id, TOLD_MS);
    assert.deepEqual([edited.room, edited.text, edited.edited_at > 0], [visitor.room, "yanlış", true]);
    assert.equal((await desk.next("edited", (e) => e.id === id, TOLD_MS)).text, "yanlış");
    const [line] = await agentLines(visitor);
    assert.deepEqual([line.text, line.edited_at], ["yanlış", edited.edited_at]);
    desk.close();
  });

  check("the linked person answers by their own name", async () => {
    const agent = pocket.listened(await newAgent(pocket.server, "selin", "Selin"));
    const { url } = expectJson(await pocket.change("POST", "/link", undefined, agent));
    const group = await waiting("Selin'in Müşterisi");
    const selin = bot.person(bot.privateChat({ first_name: "Selin T" }));
    selin.starts(new URL(url).searchParams.get("start"));
    await eventually("linked", async () => (await pocket.state(agent)).linked);
    bot.person(pocket.chat, selin.user).says("ben Selin", { reply_to: group.told.id });
    assert.equal((await pocket.answered(group.visitor, "ben Selin")).author, "Selin");
  });

  check("4,000 characters go, more are refused in words", async () => {
    const { visitor, told } = await waiting("Uzun Ulaş");
    const longest = "ş".repeat(4000);
    pocket.boss.says(longest, { reply_to: told.id });
    await pocket.answered(visitor, longest);
    const said = pocket.boss.says("x".repeat(4001), { reply_to: told.id });
    assert.match((await botSays(said)).text, /4[.,]000/);
    assert.equal((await agentLines(visitor)).length, 1);
  });

  check("an answer to somebody who has closed the page waits for them", async () => {
    const { visitor, told } = await waiting("Gitti Gizem");
    visitor.socket.close();
    pocket.boss.says("döndüğünüzde", { reply_to: told.id });
    await eventually("stored", async () => (await agentLines(visitor)).length === 1);
  });
});

describe("media", { concurrency: true }, () => {
  for (const [what, send, kind, mime] of [
    ["a photo", (options) => pocket.boss.sendsPhoto(jpeg(800, 600), options), "image", "image/jpeg"],
    ["a voice note", (options) => pocket.boss.sendsVoice(ogg(2000), options), "audio", "audio/ogg"],
    ["music", (options) => pocket.boss.sendsAudio(mp3(), options), "audio", "audio/mpeg"],
    ["a video", (options) => pocket.boss.sendsVideo(m4a(1000, { video: true }), options), "file", "video/mp4"],
    ["an animation", (options) => pocket.boss.sendsAnimation(m4a(1000, { video: true }), options), "file", "video/mp4"],
    ["a document", (options) => pocket.boss.sendsDocument(pdf(), options), "file", "application/pdf"],
  ]) {
    check(`${what} with a caption`, async () => {
      const { visitor, told } = await waiting(`Medya ${what}`);
      send({ reply_to: told.id, caption: `bakın: ${what}` });
      const answer = await nextAnswer(visitor);
      assert.deepEqual([answer.kind, answer.text, answer.upload.mime], [kind, `bakın: ${what}`, mime], JSON.stringify(answer));
      assert.equal((await fetchFile(pocket.server, answer.upload.url)).status, 200);
    });
  }

  check("a round video and a sticker, which have no captions", async () => {
    const { visitor, told } = await waiting("Medya yuvarlak");
    pocket.boss.sendsVideoNote(m4a(1000, { video: true }), { reply_to: told.id });
    assert.equal((await nextAnswer(visitor)).upload.mime, "video/mp4");
    pocket.boss.sendsSticker(webp(64, 64), { reply_to: told.id });
    assert.equal((await nextAnswer(visitor)).kind, "image");
  });

  check("of a photo's sizes the largest comes", async () => {
    const { visitor, told } = await waiting("Medya boy");
    pocket.boss.sendsPhoto(jpeg(640, 480), { reply_to: told.id, width: 640, height: 480 });
    const { upload } = await nextAnswer(visitor);
    assert.deepEqual([upload.width, upload.height], [640, 480]);
  });

  check("an album is as many messages, the caption with its picture", async () => {
    const { visitor, told } = await waiting("Medya albüm");
    for (const caption of ["ilki", undefined, undefined]) {
      pocket.boss.sendsPhoto(jpeg(100, 80), { reply_to: told.id, caption, fields: { media_group_id: "13" } });
    }
    await eventually("three", async () => (await agentLines(visitor)).length === 3);
    assert.deepEqual((await agentLines(visitor)).map((m) => m.text), ["ilki", undefined, undefined]);
  });

  check("what cannot be passed on is answered with why, and the next goes through", async () => {
    const { visitor, told } = await waiting("Medya olmaz");
    const reply_to = told.id;
    for (const said of [
      pocket.boss.sendsLocation({ reply_to }),
      pocket.boss.sends({ contact: { phone_number: "+905550000000", first_name: "A" } }, { reply_to }),
      pocket.boss.sends({ poll: { id: "1", question: "?", options: [] } }, { reply_to }),
      pocket.boss.sends({ dice: { emoji: "🎲", value: 3 } }, { reply_to }),
      pocket.boss.sendsSticker(Buffer.from("lottie"), { reply_to, is_animated: true }),
      pocket.boss.sendsDocument(pdf(), { reply_to, claimedSize: 30 * 1024 * 1024 }),
      pocket.boss.sendsDocument(Buffer.from("MZ this program cannot be run in DOS mode".padEnd(600, "\0")), { reply_to, file_name: "a.exe", mime_type: "application/x-msdownload" }),
      pocket.boss.sendsPhoto(jpeg(300, 200).subarray(0, 400), { reply_to }),
    ]) {
      assert.ok((await botSays(said)).text.length > 20);
    }
    pocket.boss.says("yazıyla", { reply_to });
    await pocket.answered(visitor, "yazıyla");
    assert.equal((await agentLines(visitor)).length, 1, "nothing else was sent");
  });

  check("a caption can be edited and taken away", async () => {
    const { visitor, told } = await waiting("Medya düzelt");
    const said = pocket.boss.sendsPhoto(jpeg(), { reply_to: told.id, caption: "altyazi" });
    const { id } = await nextAnswer(visitor);
    pocket.boss.edits(said, "altyazı");
    assert.equal((await visitor.socket.next("edited", (e) => e.id === id, TOLD_MS)).text, "altyazı");
  });

  check("a file whose name would lead elsewhere", async () => {
    const { visitor, told } = await waiting("Medya ad");
    pocket.boss.sendsDocument(pdf(), { reply_to: told.id, file_name: "../../etc/passwd\u202e.pdf" });
    const { upload } = await nextAnswer(visitor);
    assert.doesNotMatch(upload.name, /[/\\\u202e]/u);
  });
});

describe("what is no answer", { concurrency: false }, () => {
  check("a message in private that is no reply: how to do it", async () => {
    const { visitor } = await waiting("Kime Kimse");
    const said = pocket.boss.says("bu kime?");
    assert.match((await botSays(said)).text, /\/help/);
    const photo = pocket.boss.sendsPhoto(jpeg());
    await botSays(photo);
    assert.equal((await agentLines(visitor)).length, 0);
  });

  check("a reply to what is about nobody: how to do it", async () => {
    const status = await botSays(pocket.boss.says("/status"));
    const said = pocket.boss.says("peki", { reply_to: status.id });
    assert.match((await botSays(said)).text, /\/help/);
  });

  check("a chat that is not the admin chat is nobody's: no message, no command, no edit", async () => {
    const { visitor, told } = await waiting("Güvende Güven");
    const stranger = bot.person(bot.privateChat({ first_name: "Yabancı" }));
    const before = bot.requests.length;
    stranger.says("merhaba");
    const said = stranger.says("/status");
    stranger.sends({ text: "sahte", reply_to_message: { message_id: told.id, date: 0, chat: stranger.chat.brief(), text: "x" } });
    stranger.says("/close");
    stranger.edits(said, "/block");
    stranger.sends({ text: "kanal", reply_to_message: { message_id: told.id, date: 0, chat: pocket.chat.brief(), text: "x" } });
    await pocket.settled();
    assert.equal((await agentLines(visitor)).length, 0);
    assert.equal((await pocket.owner.thread(visitor.room)).status, "open");
    const toStranger = bot.requests.slice(before).filter((r) => r.params.chat_id === stranger.chat.id);
    assert.deepEqual(toStranger.map((r) => r.params.text), [], "nothing is said to strangers");
  });

  check("a pressed button in a stranger's chat says nothing", async () => {
    const stranger = bot.person(bot.privateChat({ first_name: "Yabancı" }));
    const said = stranger.says("x");
    await stranger.presses(said, { text: "x", callback_data: "got_it" });
    assert.equal((await pocket.state()).test?.confirmed_at, undefined);
  });

  check("a visitor who was erased: said so", async () => {
    const { visitor, told } = await waiting("Silinen Sinem");
    assert.equal((await pocket.owner.change("DELETE", `/api/admin/sessions/${visitor.room}`)).status, 204);
    await botSays(pocket.boss.says("orada mısınız?", { reply_to: told.id }));
    assert.deepEqual(await pocket.rows(`SELECT * FROM messages WHERE text = 'orada mısınız?'`), []);
  });
});

describe("a group", () => {
  let group;
  before(async () => {
    group = await Pocket.start({ kind: "group" });
  });
  after(() => group.end());

  check("bots are not people; an anonymous administrator is one; chatter is nobody's", async () => {
    const visitor = await group.visitor("Grup Gönül");
    const told = await group.tells(visitor, "gruptan kim?");
    const robot = group.bot.person(group.chat, newUser({ first_name: "Robot", is_bot: true, username: "baska_bot" }));
    robot.says("ben robotum", { reply_to: told.id });
    group.boss.sends({ text: "kanaldan", sender_chat: { id: -1009, type: "channel", title: "K" } }, { reply_to: told.id });
    const chatter = group.boss.says("kendi aramızda");
    group.boss.says("yöneticiden", { reply_to: told.id, anonymous: true });
    await group.answered(visitor, "yöneticiden");
    assert.deepEqual(visitor.socket.all("message").map((m) => m.text), ["yöneticiden"]);
    assert.ok(!group.bot.sent.some((m) => m.wantedReply === chatter.message_id), "chatter is not answered");
    const colleague = group.bot.person(group.chat, newUser({ first_name: "Can" }));
    colleague.says("ben de varım", { reply_to: told.id });
    await group.answered(visitor, "ben de varım");
  });
});

describe("exactly once", () => {
  check("updates that come again, out of order, or unreadable", async () => {
    const { visitor, told } = await waiting("Tekrar Tülay");
    const first = pocket.boss.says("bir kez", { reply_to: told.id });
    await pocket.answered(visitor, "bir kez");
    await bot.updates.confirmed(first.update);
    bot.updates.put(first.update, first.update);
    // The same message under a new number, as after a restored queue.
    bot.updates.put({ ...first.update, update_id: bot.updates.nextId });
    bot.updates.skip(7);
    bot.updates.add("message", { message_id: "three", chat: 5 });
    bot.updates.put({ update_id: bot.updates.nextId, chat_boost: { future: [1, { a: 2 }] } });
    bot.updates.skip(1);
    bot.updates.put({ update_id: bot.updates.nextId, message: null });
    bot.updates.skip(1);
    pocket.boss.says("iki kez değil", { reply_to: told.id });
    await pocket.answered(visitor, "iki kez değil");
    assert.deepEqual((await agentLines(visitor)).map((m) => m.text), ["bir kez", "iki kez değil"]);
  });

  check("the answer to a poll that broke off comes again, and counts once", async () => {
    const { visitor, told } = await waiting("Kopan Kübra");
    for (const fault of [faults.resetAfter(), faults.garbage(), faults.slowDrip(400), faults.badGateway(), faults.internal()]) {
      bot.misbehave("getUpdates", fault, { times: 1 });
    }
    for (const words of ["k1", "k2", "k3"]) pocket.boss.says(words, { reply_to: told.id });
    await pocket.answered(visitor, "k3");
    assert.deepEqual((await agentLines(visitor)).map((m) => m.text), ["k1", "k2", "k3"]);
  });

  check("a file that cannot be fetched at first is fetched later; what comes behind it waits for it", async () => {
    const { visitor, told } = await waiting("Sabır Sabri");
    bot.misbehave("file", faults.resetBefore(), { times: 1 });
    bot.misbehave("getFile", faults.internal(), { times: 1 });
    pocket.boss.sendsPhoto(jpeg(), { reply_to: told.id, caption: "geç gelen" });
    pocket.boss.says("sonraki", { reply_to: told.id });
    await pocket.answered(visitor, "sonraki");
    assert.deepEqual((await agentLines(visitor)).map((m) => m.text), ["geç gelen", "sonraki"]);
  });

  check("a restart between the answers", async () => {
    const { visitor, told } = await waiting("Yeniden Yeşim");
    const before = pocket.boss.says("önce", { reply_to: told.id });
    await pocket.answered(visitor, "önce");
    await pocket.kill();
    const meanwhile = pocket.boss.says("arada", { reply_to: told.id });
    bot.updates.put(before.update);
    await pocket.restart();
    await bot.updates.confirmed(meanwhile.update);
    await eventually("both", async () => (await agentLines(visitor)).length >= 2);
    assert.deepEqual((await agentLines(visitor)).map((m) => m.text), ["önce", "arada"]);
  });
});
