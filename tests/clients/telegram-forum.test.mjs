// A group with topics: one for each visitor, whatever happens to it.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { newUser } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { jpeg } from "../support/pictures.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";

let pocket;
let bot;
before(async () => {
  pocket = await Pocket.start({ kind: "forum" });
  ({ bot } = pocket);
});
after(() => pocket.end());

const inTopic = (topic) => bot.sent.filter((m) => m.topic === topic);

describe("a forum", { concurrency: 6 }, () => {
  check("a topic with the visitor's name; its first message is the head", async () => {
    const visitor = await pocket.visitor("Zeynep Kaya", { page_url: "https://cicek.example/laleler", locale: "tr-TR" });
    const told = await pocket.tells(visitor, "Laleler ne kadar?");
    assert.equal(told.text, "Laleler ne kadar?", "in a topic nobody has to be named");
    assert.equal(pocket.chat.topics.get(told.topic).name, "Zeynep Kaya");
    const [head, ...rest] = inTopic(told.topic);
    for (const words of ["Zeynep Kaya", "https://cicek.example/laleler", "tr-TR"]) assert.ok(head.text.includes(words), `${words} in ${head.text}`);
    assert.deepEqual(rest.map((m) => m.id), [told.id]);
    assert.equal((await pocket.tells(visitor, "On tane")).topic, told.topic);
    const uploaded = await upload(pocket.server, visitor, "a.jpg", jpeg());
    await sendMessage(visitor.socket, uploaded);
    await bot.received((m) => m.method === "sendPhoto" && m.topic === told.topic, { ms: TOLD_MS });
  });

  check("what is said in the topic goes to its visitor; what is said elsewhere to nobody", async () => {
    const [one, two] = [await pocket.visitor("Bir Birgül"), await pocket.visitor("İki İlker")];
    const [first, second] = [await pocket.tells(one, "konu bir"), await pocket.tells(two, "konu iki")];
    pocket.boss.says("bire", { topic: first.topic });
    pocket.boss.says("ikiye", { topic: second.topic });
    pocket.boss.says("gruba, kimseye değil");
    pocket.bot.person(pocket.chat, newUser({ first_name: "Can" })).says("ikiye, başka birinden", { topic: second.topic });
    const m1 = await pocket.answered(one, "bire");
    await pocket.answered(two, "ikiye, başka birinden");
    assert.equal(m1.reply_to, undefined, "every message in a topic answers the topic: that is no quote");
    assert.deepEqual(two.socket.all("message").map((m) => m.text), ["ikiye", "ikiye, başka birinden"]);
    await pocket.settled();
    for (const v of [one, two]) assert.ok(!v.socket.all("message").some((m) => m.text?.includes("kimseye")));
    assert.ok(!bot.sent.some((m) => m.wantedReply && pocket.chat.messages.get(m.wantedReply)?.text === "gruba, kimseye değil"), "group chatter is ignored");
  });

  check("a reply inside a topic quotes", async () => {
    const visitor = await pocket.visitor("Alıntı Ayla");
    const ack = await visitor.say("hangisini?");
    const told = await bot.received("hangisini?", { ms: TOLD_MS });
    await pocket.tells(visitor, "bir de bu");
    pocket.boss.says("bunu", { reply_to: told.id });
    const answer = await pocket.answered(visitor, "bunu");
    assert.equal(answer.reply_to, ack.id);
  });

  check("a deleted topic is made again, and the message comes", async () => {
    const visitor = await pocket.visitor("Silinen Sibel");
    const before = await pocket.tells(visitor, "eski konu");
    pocket.boss.deletesTopic(before.topic);
    const after = await pocket.tells(visitor, "yeni konu");
    assert.notEqual(after.topic, before.topic);
    assert.equal(pocket.chat.topics.get(after.topic).name, "Silinen Sibel");
    assert.equal(inTopic(after.topic)[0].text.includes("Silinen Sibel"), true, "with its head");
    pocket.boss.says("yeni konudan", { topic: after.topic });
    await pocket.answered(visitor, "yeni konudan");
  });

  check("a closed topic is opened again", async () => {
    const visitor = await pocket.visitor("Kapanan Kemal");
    const { topic } = await pocket.tells(visitor, "açık konu");
    pocket.boss.closesTopic(topic);
    const told = await pocket.tells(visitor, "kapalı konu");
    assert.equal(told.topic, topic);
    assert.equal(pocket.chat.topics.get(topic).isClosed, false);
  });

  check("a topic's other events are no messages", async () => {
    const visitor = await pocket.visitor("Olay Oya");
    const { topic } = await pocket.tells(visitor, "olaylar");
    pocket.boss.sends({ forum_topic_edited: { name: "Oya, lale" } }, { topic });
    pocket.boss.sends({ pinned_message: { message_id: topic, chat: pocket.chat.brief(), date: 0 } }, { topic });
    pocket.boss.sends({ new_chat_members: [newUser()] });
    pocket.boss.says("yazı", { topic });
    await pocket.answered(visitor, "yazı");
    assert.equal(visitor.socket.all("message").length, 1);
  });

  check("without the right to make topics: reply-threads, and a fault that the right mends", () => Pocket.use({ kind: "forum" }, async (pocket) => {
    pocket.boss.takesTopicsRight();
    const visitor = await pocket.visitor("Haksız Hakan");
    const told = await pocket.tells(visitor, "konusuz");
    assert.equal(told.topic, undefined);
    assert.ok(told.text.includes("Haksız Hakan"), "the name stands before it");
    const { fault } = await pocket.until("fault topics", (t) => t.fault?.code === "topics");
    assert.ok(fault.title && fault.fix);
    pocket.boss.says("konusuz cevap", { reply_to: told.id });
    await pocket.answered(visitor, "konusuz cevap");
    pocket.boss.givesTopicsRight();
    const other = await pocket.visitor("Haklı Hande");
    assert.ok((await pocket.tells(other, "yine konulu")).topic);
    await pocket.until("no fault", (t) => !t.fault && t.state === "ready");
  }));

  check("commands in a topic are about its visitor", async () => {
    const visitor = await pocket.visitor("Komut Kerem");
    const { topic } = await pocket.tells(visitor, "komutlar");
    const { message_id } = pocket.boss.says(`/close@${bot.user.username}`, { topic });
    const said = await bot.received((m) => m.wantedReply === message_id, { ms: TOLD_MS });
    assert.equal(said.topic, topic, "answered where it was asked");
    assert.equal((await pocket.owner.thread(visitor.room)).status, "closed");
    assert.equal(visitor.socket.all("message").filter((m) => m.from === "agent").length, 0, "a command is no answer");
  });

  check("/close@another_bot is another bot's", async () => {
    const visitor = await pocket.visitor("Başka Bot Bora");
    const { topic } = await pocket.tells(visitor, "başka botlar");
    pocket.boss.says("/close@baska_bot", { topic });
    pocket.boss.says("yazı da bu", { topic });
    await pocket.answered(visitor, "yazı da bu");
    assert.equal((await pocket.owner.thread(visitor.room)).status, "open");
    assert.equal(visitor.socket.all("message").filter((m) => m.from === "agent").length, 1);
  });

  check("a group that becomes a forum is served as one; a group that moves is followed", async () => {
    const group = await Pocket.start({ kind: "group", pinned: false });
    try {
      await group.change("PUT", "/token", { token: group.bot.token });
      const { group_url } = await group.until("waiting", (t) => t.group_url);
      group.boss.starts(new URL(group_url).searchParams.get("startgroup"));
      await group.until("ready", (t) => t.state === "ready");
      const visitor = await group.visitor("Taşınan Tarık");
      const before = await group.tells(visitor, "eski grup");
      assert.equal(before.topic, undefined);
      const there = group.boss.upgradesGroup();
      const after = await group.tells(visitor, "yeni grup");
      assert.equal(after.chat_id, there.chat.id);
      await group.until("the new id", (t) => t.chat?.id === there.chat.id && t.state === "ready");
      there.says("yeni gruptan", { reply_to: after.id });
      await group.answered(visitor, "yeni gruptan");
      there.chat.is_forum = true;
      there.says("artık konular var");
      await group.until("a forum", (t) => t.chat?.kind === "forum");
      assert.ok((await group.tells(await group.visitor("Konulu Kıvanç"), "konulu grup")).topic);
    } finally {
      await group.end();
    }
  });

  check("a migration that is only heard of when a message is refused is followed, too", async () => {
    const group = await Pocket.start({ kind: "group" });
    try {
      const visitor = await group.visitor("Göçen Gökhan");
      await group.tells(visitor, "önce burada");
      const next = group.bot.group({ title: "Yeni", supergroup: true });
      group.chat.movedTo = next.id;
      const told = await group.tells(visitor, "sonra orada");
      assert.equal(told.chat_id, next.id);
    } finally {
      await group.end();
    }
  });

  check("a reply to the bot in a topic that belongs to nobody is answered with how to do it", async () => {
    // As a kill leaves it between the topic's making and our writing it down.
    const topic = pocket.chat.createTopic("Yetim", bot.user);
    const orphan = pocket.chat.put({ from: bot.user, message_thread_id: topic.id, is_topic_message: true, text: "kimin bu?" });
    const said = pocket.boss.says("buradayım", { reply_to: orphan });
    const answer = await bot.received((m) => m.wantedReply === said.message_id, { ms: TOLD_MS, what: "how to do it" });
    assert.equal(answer.topic, topic.id);
  });
});
