// Names and texts that nobody should write, and their way to the phone: whatever they are, they come, as they are, and the next
// message comes after them.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { check } from "../support/check.mjs";
import { jpeg } from "../support/pictures.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";

let pocket;
let forum;
before(async () => {
  [pocket, forum] = await Promise.all([Pocket.start(), Pocket.start({ kind: "forum" })]);
});
after(async () => {
  await pocket.end();
  await forum.end();
});

const NAMES = {
  "markup": "<b>Ali</b> *_`[x](y)",
  "an emoji of many parts": "👩‍👩‍👧‍👦 Aile 🇹🇷",
  "only emoji, as long as may be": "👍".repeat(80),
  "right to left": "محمد العربي",
  "overrides of direction": "Ali\u202egnp.exe",
  "combining marks": `Z${"\u0301".repeat(60)}algo`,
  "a command": "/close",
  "an address": "https://evil.example/@dukkan_bot",
  "only what is invisible": "\u2800\u2800",
  "quotes and backslashes": `"\\'; DROP TABLE messages; --`,
};

const TEXTS = {
  "4,000 characters of ASCII": "a".repeat(4000),
  "4,000 emoji, 8,000 units": "👍".repeat(4000),
  "emoji at the border of 4,096 units": `x${"👍".repeat(3999)}`,
  "markup": "<script>alert(1)</script> **kalın** [a](tg://user?id=1)",
  "a command": "/block@dukkan_bot",
  "a mention and an address": "@dukkan_bot https://evil.example/?a=1#b",
  "lines": "bir\n\n\n\niki\r\nüç",
  "zero-width joiners": "👩‍🚀".repeat(300),
  "directions": "\u202eabc\u202c \u2066def\u2069",
  "JSON": '{"chat_id":1,"text":"x"}',
};

/** The text of a message that may be told in several: all that was told of this visitor, put together. */
const plain = (text) => text.replace(/\s/gu, "");

for (const kind of ["private", "forum"]) {
  const world = () => (kind === "forum" ? forum : pocket);
  describe(`names in a ${kind}`, { concurrency: true }, () => {
    let number = 0;
    for (const [what, name] of Object.entries(NAMES)) {
      check(what, async () => {
        const words = `merhaba ${kind} ${(number += 1)}.`;
        const visitor = await world().visitor(name);
        const told = await world().tells(visitor, words);
        if (kind === "private") assert.ok(told.text.includes(visitor.name), `${JSON.stringify(visitor.name)} in ${JSON.stringify(told.text)}`);
        else assert.ok(told.topic, "in a topic of its own");
        world().boss.says(`cevap ${words}`, { reply_to: told.id });
        await world().answered(visitor, `cevap ${words}`);
      });
    }
  });
}

describe("texts", { concurrency: true }, () => {
  for (const [what, words] of Object.entries(TEXTS)) {
    check(what, async () => {
      const visitor = await forum.visitor(`Metin: ${what}`);
      const first = await forum.tells(visitor, `başlangıç: ${what}`);
      await visitor.say(words);
      await forum.tells(visitor, `son: ${what}`);
      const told = forum.bot.sent.filter((m) => m.topic === first.topic && m.id > first.id);
      const joined = told.map((m) => m.text).join("");
      assert.equal(plain(joined), plain(`${words}son: ${what}`), "nothing missing, nothing double, in order");
    });
  }
});

check("a text that Telegram shows as nothing does not hold up the next", async () => {
  const visitor = await forum.visitor("Boş Beste");
  await forum.tells(visitor, "şimdi boş");
  const ack = await visitor.socket.emit("message", { client_id: crypto.randomUUID(), text: "\u2800\u2800" });
  await forum.tells(visitor, ack.ok ? "boştan sonra" : "boş alınmadı");
});

check("a picture with a caption of 4,000 emoji", async () => {
  const visitor = await pocket.visitor("Resimli Recep");
  const uploaded = await upload(pocket.server, visitor, "a.jpg", jpeg());
  const words = "😀".repeat(3000);
  const ack = await sendMessage(visitor.socket, uploaded, { text: words });
  assert.equal(ack.ok, true, JSON.stringify(ack));
  await pocket.tells(visitor, "resimden sonra");
  const told = pocket.bot.sent.filter((m) => m.text.includes("😀"));
  assert.equal(told.reduce((n, m) => n + m.text.split("😀").length - 1, 0), 3000);
});

check("many at once, each in the thread of its visitor", async () => {
  const visitors = await Promise.all(Array.from({ length: 12 }, (_, i) => forum.visitor(`Kalabalık ${i}`)));
  await Promise.all(visitors.map((v, i) => v.say(`kalabalıktan ${i}.`)));
  const told = await Promise.all(visitors.map((_, i) => forum.bot.received((m) => m.text.includes(`kalabalıktan ${i}.`), { ms: TOLD_MS })));
  assert.equal(new Set(told.map((m) => m.topic)).size, 12);
  for (const [i, { topic }] of told.entries()) assert.equal(forum.chat.topics.get(topic).name, `Kalabalık ${i}`);
});
