// Nobody answers, and it is said; it is over, and it is asked how it was.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { newSession, scene, stage } from "./support/stage.mjs";
import { nobodyAnswers, setTheStageWithBot, told } from "./support/telegram.mjs";

setTheStageWithBot();

scene("nobody answers: the phone rings again, the visitor is told honestly and leaves an address", async (enter) => {
  const { pocket } = stage;
  const visitor = await enter.visitor({ size: "phone" });
  await visitor.introduce("Bekleyen Bahar");
  await visitor.say("kimse var mı?");
  const question = await told("kimse var mı?");
  await nobodyAnswers();
  const card = visitor.get("contact");
  await card.filter({ hasText: "Beklettiğimiz için üzgünüz" }).waitFor();

  await visitor.get("contact-email").fill("bahar@");
  await visitor.get("contact-send").click();
  await visitor.get("contact-fault").waitFor();
  await visitor.get("contact-email").fill("bahar@example.org");
  await visitor.get("contact-send").click();
  await card.filter({ hasText: "bahar@example.org" }).waitFor();
  await visitor.get("contact-email").waitFor({ state: "detached" });

  const agent = await enter.agent();
  await agent.openThread("Bekleyen Bahar");
  await eventually("the address is at the desk", async () => (await agent.get("visitor-pane").locator(".person-email").inputValue()) === "bahar@example.org");
  await agent.page.locator('[data-testid="message"][data-from="system"]').filter({ hasText: /kimse/i }).waitFor();

  await visitor.page.reload();
  await card.filter({ hasText: "bahar@example.org" }).waitFor();
  assert.equal(await visitor.get("contact-email").count(), 0, "it is not asked for again");
  // The answer ends it.
  pocket.boss.says("buradayım, beklettim", { reply_to: question.id });
  await visitor.sees("buradayım, beklettim");
  await card.waitFor({ state: "detached" });
});

scene("who has left an address already is told which", async (enter) => {
  const visitor = await enter.returning(await newSession({ name: "Adresli Ada", email: "ada@example.org" }));
  await visitor.say("siparişim nerede?");
  await told("siparişim nerede?");
  await nobodyAnswers();
  await visitor.get("contact").waitFor();
});

scene("closed: one tap says how it was; a reload does not ask again; the phone is told", async (enter) => {
  const { pocket } = stage;
  const visitor = await enter.visitor({ size: "phone" });
  await visitor.introduce("Memnun Melek");
  const { room } = await visitor.page.evaluate(() => JSON.parse(localStorage.getItem("konusma.visitor")));
  await visitor.say("teşekkür ederim");
  const question = await told("teşekkür ederim");
  assert.equal(await visitor.get("rating").count(), 0, "not while it goes on");
  pocket.boss.says("/close", { reply_to: question.id });
  const card = visitor.get("rating");
  const tap = async (n) => {
    await card.locator("label").nth(n - 1).click();
    await visitor.get("rating-outcome").filter({ hasText: "Teşekkürler" }).waitFor();
    await eventually("it is kept", async () => (await pocket.owner.thread(room)).rating === n);
  };
  await tap(2);
  await tap(5);
  await told((m) => m.text.includes("Memnun Melek") && m.text.includes("5"), "the rating");
  await visitor.page.reload();
  await visitor.page.locator('[data-from="system"]').first().waitFor();
  assert.equal(await card.count(), 0, "not asked again");
  // Another conversation is another question.
  await visitor.say("bir şey daha");
  await told("bir şey daha");
  await pocket.owner.patch(room, { status: "closed" });
  await card.waitFor();
});

scene("the desk sees how it was, as soon as it is said", async (enter) => {
  const session = await newSession({ name: "Puan Veren" });
  const visitor = await enter.returning(session);
  await visitor.say("sağ olun");
  await told("sağ olun");
  await stage.pocket.owner.patch(session.room, { status: "closed" });
  const agent = await enter.agent();
  await agent.get("filter-closed").click();
  await agent.row("Puan Veren").click();
  await agent.sees("sağ olun");
  await visitor.get("rating").locator("label").nth(3).click();
  await agent.page.locator(`[data-testid="thread-rating"][data-rating="4"]`).waitFor();
});
