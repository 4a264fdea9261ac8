// What visitors do, as the owner's phone shows it, in a chat without topics.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { check } from "../support/check.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson, request } from "../support/http.mjs";
import { gif, jpeg, measure, png } from "../support/pictures.mjs";
import { m4a, mp3, ogg, wav, webm } from "../support/recordings.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";

let pocket;
let bot;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
});
after(() => pocket.end());

/** Sends a file as a message, and answers what the bot sent of it. */
async function sends(visitor, name, bytes, type, rest) {
  const uploaded = await upload(pocket.server, visitor, name, bytes, type);
  const ack = await sendMessage(visitor.socket, uploaded, rest);
  assert.equal(ack.ok, true, JSON.stringify(ack));
  return bot.received((m) => m.file && belongs(m, visitor), { ms: TOLD_MS, what: name });
}

/** Without topics each message about a visitor answers the one before: the chain shows whose it is. */
function belongs(message, visitor) {
  for (let m = message; m; m = bot.sent.find((other) => other.id === m.reply_to)) if (m.text.includes(visitor.name)) return true;
  return false;
}

const boldOf = ({ text, entities }) => entities.filter((e) => e.type === "bold").map((e) => text.slice(e.offset, e.offset + e.length));

describe("messages", { concurrency: true }, () => {
  check("a first message has a head: name, page, language", async () => {
    const visitor = await pocket.visitor("Zeynep Kaya", { page_url: "https://cicek.example/laleler", locale: "tr-TR", email: "zeynep@example.com" });
    const told = await pocket.tells(visitor, "Laleler ne kadar?");
    for (const words of ["Zeynep Kaya", "https://cicek.example/laleler", "tr-TR"]) assert.ok(told.text.includes(words), `${words} in ${told.text}`);
    assert.deepEqual(boldOf(told), ["Zeynep Kaya"]);
    assert.equal(told.params.link_preview_options?.is_disabled, true);
    assert.equal(told.isSilent, false);
    const next = await pocket.tells(visitor, "On tane istiyorum");
    assert.equal(next.text, "Zeynep Kaya: On tane istiyorum");
    assert.deepEqual(boldOf(next), ["Zeynep Kaya"]);
    assert.equal(next.reply_to, told.id, "an answer to the one before");
    assert.equal(next.params.reply_parameters.allow_sending_without_reply, true);
    assert.equal((await pocket.state()).delivered_at > 0, true);
  });

  check("several within a second are one message, in their order", async () => {
    const visitor = await pocket.visitor("Hızlı Hasan");
    await pocket.tells(visitor, "ilk");
    for (const words of ["bir", "iki", "üç"]) await visitor.say(words);
    const told = await bot.received((m) => m.text.includes("üç") && belongs(m, visitor), { ms: TOLD_MS });
    assert.equal(told.text, "Hızlı Hasan: bir\niki\nüç");
  });

  check("what follows later is told later", async () => {
    const visitor = await pocket.visitor("Yavaş Yavuz");
    await pocket.tells(visitor, "önce");
    const second = await pocket.tells(visitor, "sonra");
    assert.equal(second.text, "Yavaş Yavuz: sonra");
  });

  check("a message whose predecessor was deleted in Telegram comes all the same", async () => {
    const visitor = await pocket.visitor("Silinen Selim");
    const first = await pocket.tells(visitor, "silinecek");
    pocket.chat.messages.delete(first.id);
    const second = await pocket.tells(visitor, "duruyor");
    assert.deepEqual([second.wantedReply, second.reply_to], [first.id, undefined]);
  });

  check("a visitor's quote of an agent's message answers it", async () => {
    const visitor = await pocket.visitor("Alıntı Alp");
    const first = await pocket.tells(visitor, "soru bir");
    const answer = pocket.boss.says("cevap bir", { reply_to: first.id });
    const { id } = await pocket.answered(visitor, "cevap bir");
    await pocket.tells(visitor, "soru iki");
    await visitor.say("bunu soruyorum", { reply_to: id });
    const told = await bot.received((m) => m.text.includes("bunu soruyorum"), { ms: TOLD_MS });
    assert.equal(told.reply_to, answer.message_id);
  });
});

describe("files", { concurrency: true }, () => {
  check("a picture is a photo with its caption", async () => {
    const visitor = await pocket.visitor("Foto Fatma");
    await pocket.tells(visitor, "bakın");
    const told = await sends(visitor, "lale.jpg", jpeg(640, 480), "image/jpeg", { text: "Bu lale" });
    assert.deepEqual([told.method, told.text], ["sendPhoto", "Foto Fatma: Bu lale"]);
    assert.deepEqual(boldOf(told), ["Foto Fatma"]);
    const { width, height } = measure(told.file.bytes);
    assert.deepEqual([width, height], [640, 480]);
    const bare = await sends(visitor, "lale.png", png(64, 48));
    assert.deepEqual([bare.method, bare.text], ["sendPhoto", "Foto Fatma"]);
    assert.equal(bare.reply_to, told.id);
  });

  check("a picture as the first message has the head", async () => {
    const visitor = await pocket.visitor("İlk İrem", { page_url: "https://cicek.example/ilk" });
    const told = await sends(visitor, "ilk.jpg", jpeg());
    assert.ok(told.text.includes("İlk İrem") && told.text.includes("https://cicek.example/ilk"), told.text);
  });

  check("a moving picture is an animation", async () => {
    const visitor = await pocket.visitor("Gif Gül");
    const told = await sends(visitor, "a.gif", gif(32, 32, 3));
    assert.equal(told.method, "sendAnimation");
  });

  check("a picture that Telegram would not take as a photo is a document", async () => {
    const visitor = await pocket.visitor("Uzun Ufuk");
    const told = await sends(visitor, "uzun.png", png(2400, 60));
    assert.equal(told.method, "sendDocument");
  });

  for (const [what, name, bytes, method, length] of [
    ["Chromium's WebM", "ses.webm", webm(3000), "sendVoice", 3],
    ["Firefox's Ogg", "ses.ogg", ogg(5000), "sendVoice", 5],
    ["Safari's MP4", "ses.mp4", m4a(6016, { fragmented: true }), "sendVoice", 6],
    ["an MP3", "ses.mp3", mp3(), "sendVoice", 3],
    ["a WAV", "ses.wav", wav(2000), "sendDocument", undefined],
  ]) {
    check(`a voice note as ${what}: ${method}`, async () => {
      const visitor = await pocket.visitor(`Ses ${what}`);
      const told = await sends(visitor, name, bytes);
      assert.equal(told.method, method);
      if (name === "ses.webm") assert.equal(told.file.bytes.subarray(0, 4).toString(), "OggS", "made anew as Ogg");
      else assert.deepEqual(told.file.bytes, bytes, "as it is");
      if (length) assert.ok(Math.abs((told.params.duration ?? length) - length) <= 1, `${told.params.duration} s`);
    });
  }

  check("a file is a document with its name", async () => {
    const visitor = await pocket.visitor("Dosya Deniz");
    const told = await sends(visitor, "Fatura “Ocak” ğüş.pdf", pdf(), "application/pdf", { text: "Faturam" });
    assert.deepEqual([told.method, told.file.mime], ["sendDocument", "application/pdf"]);
    assert.ok(told.file.name.startsWith("Fatura") && told.file.name.endsWith(".pdf") && told.file.name.includes("ğüş"), told.file.name);
    assert.deepEqual(told.file.bytes, pdf());
    assert.ok(told.text.endsWith("Faturam"), told.text);
  });

  check("a caption that is too long follows as a text", async () => {
    const visitor = await pocket.visitor("Uzun Açıklama");
    await pocket.tells(visitor, "şimdi uzun");
    const words = `${"açıklama ".repeat(200)}son`;
    const told = await sends(visitor, "a.jpg", jpeg(), "image/jpeg", { text: words });
    const rest = await bot.received((m) => m.method === "sendMessage" && m.text.endsWith("son"), { ms: TOLD_MS });
    assert.ok(told.text.length <= 1024 && rest.id > told.id);
    assert.equal(`${told.text} ${rest.text}`.split("açıklama").length - 1, 200, "nothing is missing or double");
  });
});

check("words and files of one visitor keep their order", async () => {
  const visitor = await pocket.visitor("Sıralı Sıla");
  await pocket.tells(visitor, "başla");
  const uploaded = await upload(pocket.server, visitor, "a.png", png());
  await visitor.say("önce bu");
  await sendMessage(visitor.socket, uploaded);
  await visitor.say("sonra bu");
  const mine = await Promise.all([
    bot.received((m) => m.text.endsWith("önce bu"), { ms: TOLD_MS }),
    bot.received((m) => m.method === "sendPhoto" && m.text === "Sıralı Sıla", { ms: TOLD_MS }),
    bot.received((m) => m.text.endsWith("sonra bu"), { ms: TOLD_MS }),
  ]);
  assert.deepEqual(mine.map((m) => m.id), mine.map((m) => m.id).toSorted((a, b) => a - b));
});

check("a rating is told", async () => {
  const visitor = await pocket.visitor("Puan Pınar");
  await pocket.tells(visitor, "teşekkürler");
  const rate = (rating) => request(pocket.server, "PUT", "/api/session/rating", { json: { rating }, bearer: visitor.token });
  assert.equal((await rate(5)).status, 409, "not while it is open");
  await pocket.owner.patch(visitor.room, { status: "closed" });
  assert.equal((await rate(4)).status, 204);
  const told = await bot.received((m) => m.text.includes("4/5"), { ms: TOLD_MS });
  assert.ok(told.text.includes("Puan Pınar") && told.text.includes("★★★★☆"), told.text);
  assert.equal((await pocket.owner.thread(visitor.room)).rating, 4);
  for (const wrong of [0, 6, 2.5, "5"]) assert.equal((await rate(wrong)).status, 400, `${wrong}`);
});

check("English words when the panel says so", async () => {
  await pocket.choose({ language: "en" });
  const told = await pocket.tells(await pocket.visitor("John"), "hello there");
  assert.match(told.text, /New chat: John/);
  await pocket.choose({ language: "tr" });
  expectJson(await pocket.owner.get("/api/admin/telegram"));
});
