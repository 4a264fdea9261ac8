// A visitor in the browser, the owner on the phone: what each says reaches the other as what it is.
import assert from "node:assert/strict";

import { isOggOpus } from "../support/bot-api/files.mjs";
import { eventually } from "../support/deadline.mjs";
import { jpeg, measure } from "../support/pictures.mjs";
import { photo } from "./support/files.mjs";
import { scene, stage } from "./support/stage.mjs";
import { plays, setTheStageWithBot, showsPicture, told } from "./support/telegram.mjs";

setTheStageWithBot();

/** Holds the button for so long. */
async function recordHeld(side, seconds) {
  const box = await side.get("voice-button").boundingBox();
  await side.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await side.page.mouse.down();
  await side.recorded(seconds);
  await side.page.mouse.up();
  await side.get("voice-send").click();
}

/** What stands below a message: who, when, and by which way. */
const markOf = (side, words, mark) => side.page.locator(".group").filter({ has: side.bubble(words) }).getByTestId(mark);

const fromAgent = (side) => side.page.locator('[data-testid="message"][data-from="agent"]');

scene("text, photo and voice go out as Telegram's own kinds, and come back to be seen and heard; an edit and a quote, too", async (enter) => {
  const { boss } = stage.pocket;
  const visitor = await enter.visitor({ size: "phone", permissions: ["microphone"] });
  await visitor.introduce("Ayşe Demir");
  await visitor.say("Yarına 20 kırmızı gül olur mu?");
  const text = await told("20 kırmızı gül");
  assert.equal(text.method, "sendMessage");
  assert.match(text.text, /Ayşe Demir/);

  await visitor.choose(photo("buket.jpg", 640, 480));
  await visitor.sendTray("böyle bir buket");
  const picture = await told("böyle bir buket");
  assert.equal(picture.method, "sendPhoto");
  const { mime, width, height } = measure(picture.file.bytes);
  assert.deepEqual([mime, width, height], ["image/jpeg", 640, 480]);

  await recordHeld(visitor, 2);
  const voice = await told((m) => m.file && m.id > picture.id, "a voice note");
  assert.equal(voice.method, "sendVoice");
  assert.ok(isOggOpus(voice.file.bytes), "Ogg with Opus");
  assert.ok(voice.params.duration >= 1 && voice.params.duration <= 9, `${voice.params.duration} s`);

  // Back, each as a reply to what was told.
  const words = boss.says("Olur, yarn sabah hazır", { reply_to: voice.id });
  await visitor.sees("Olur, yarn sabah hazır");
  boss.edits(words, "Olur, yarın sabah hazır");
  await visitor.sees("Olur, yarın sabah hazır");
  await markOf(visitor, "yarın sabah", "edited").waitFor();
  assert.equal(await visitor.bubble("yarn sabah").count(), 0);

  boss.sendsPhoto(jpeg(800, 600), { reply_to: voice.id, caption: "şöyle mi?" });
  await showsPicture(visitor.bubble("şöyle mi?"));
  // What Telegram took as a voice message is played again by the browser.
  boss.sendsVoice(voice.file.bytes, { reply_to: voice.id, duration: 2 });
  await eventually("three answers", async () => (await fromAgent(visitor).count()) === 3);
  await plays(fromAgent(visitor).nth(2));

  boss.says("bundan yapıyoruz", { reply_to: picture.id, quote: "buket" });
  const quoting = visitor.bubble("bundan yapıyoruz");
  await quoting.getByTestId("quote").filter({ hasText: "böyle bir buket" }).waitFor();

  assert.equal(await visitor.get("via-telegram").count(), 0, "visitors are not told by which door it came");

  // Reloaded, all is as it was.
  await visitor.page.reload();
  await markOf(visitor, "yarın sabah", "edited").waitFor();
  await visitor.bubble("bundan yapıyoruz").getByTestId("quote").waitFor();
});

scene("the desk sees where an answer was written, and that it was changed: in the thread and in the list", async (enter) => {
  const { boss } = stage.pocket;
  const visitor = await enter.visitor();
  await visitor.introduce("Fatma Kaya");
  await visitor.say("fiyat alabilir miyim?");
  const question = await told("fiyat alabilir miyim?");
  const agent = await enter.agent();
  await agent.openThread("Fatma Kaya");
  const answer = boss.says("200 lira", { reply_to: question.id });
  await agent.sees("200 lira");
  await markOf(agent, "200 lira", "via-telegram").waitFor();
  boss.edits(answer, "250 lira");
  await agent.sees("250 lira");
  await markOf(agent, "250 lira", "edited").waitFor();
  await agent.hasLastLine("Fatma Kaya", "250 lira");
  await agent.say("masadan da yazayım");
  await visitor.sees("masadan da yazayım");
  assert.equal(await markOf(agent, "masadan da yazayım", "via-telegram").count(), 0);
  await agent.page.reload();
  await markOf(agent, "250 lira", "via-telegram").waitFor();
});

scene("what is read at the desk is not told again; the page in the background is, by the next word", async (enter) => {
  const { bot } = stage.pocket;
  const visitor = await enter.visitor();
  await visitor.introduce("Zehra Ak");
  await visitor.say("ilk sözüm");
  await told("ilk sözüm");
  const agent = await enter.agent();
  await agent.openThread("Zehra Ak");
  await agent.sees("ilk sözüm");
  await visitor.say("masada okunan");
  await visitor.hasState("masada okunan", "read");
  // Back at the list, nobody reads the thread.
  await agent.page.goto("/admin#settings/personal");
  await agent.get("settings-personal").first().waitFor();
  await visitor.say("cebe gelen");
  await told("cebe gelen");
  assert.ok(!bot.texts().some((t) => t.includes("masada okunan")), "told although it was read");
});
