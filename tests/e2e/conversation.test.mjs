import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

scene("a visitor and an agent talk, both ways, exactly once", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("Ayşe Demir", "ayse@example.org");
  await visitor.say("Merhaba, kırmızı gül var mı? 🌹");
  await agent.hasUnread("Ayşe Demir", 1);
  await agent.openThread("Ayşe Demir");
  await agent.sees("kırmızı gül");
  await agent.say("Var, buyurun.");
  await visitor.sees("Var, buyurun.");
  await visitor.say("Harika!");
  await agent.sees("Harika!");
  const said = await agent.transcript();
  assert.deepEqual(said.map(([from]) => from), ["visitor", "agent", "visitor"]);
  assert.deepEqual(await visitor.transcript(), said);
  const room = await agent.row("Ayşe Demir").getAttribute("data-room");
  const stored = await stage.owner.transcript(room);
  assert.deepEqual(said, stored.map((m) => [m.from, m.id]));
});

scene("ticks: sent, delivered, read", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Tik Tak");
  await visitor.say("kimse yokken");
  await visitor.hasState("kimse yokken", "sent");
  const agent = await enter.agent();
  await visitor.say("biri varken");
  await visitor.hasState("biri varken", "delivered");
  await agent.openThread("Tik Tak");
  await visitor.hasState("kimse yokken", "read");
  await visitor.hasState("biri varken", "read");
  await agent.say("gördüm");
  await agent.hasState("gördüm", "read");
});

scene("typing is shown to the other side, and goes away", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("Yazan Kişi");
  await visitor.say("bir");
  await agent.openThread("Yazan Kişi");
  await visitor.get("composer-input").pressSequentially("düşünüyorum");
  await agent.get("typing").waitFor();
  await visitor.get("composer-input").fill("");
  await agent.get("typing").waitFor({ state: "detached" });
  await agent.get("composer-input").pressSequentially("bir bakayım");
  await visitor.get("typing").waitFor();
  await agent.get("composer-send").click();
  await visitor.get("typing").waitFor({ state: "detached" });
  await visitor.sees("bir bakayım");
});

scene("unread counts up in the list and the title, and back when the thread is read", async (enter) => {
  const agent = await enter.agent();
  const visitor = await enter.visitor();
  await visitor.introduce("Okunmayan");
  await visitor.say("bir");
  await visitor.say("iki");
  await agent.hasUnread("Okunmayan", 2);
  await eventually("the title counts", async () => /\([1-9]\d*\)/.test(await agent.page.title()));
  await agent.openThread("Okunmayan");
  await agent.hasUnread("Okunmayan", 0);
});

scene("the visitor sees who is here", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Bakan");
  const before = await visitor.get("presence-line").first().innerText();
  await enter.agent();
  await eventually("the presence line changes", async () => (await visitor.get("presence-line").first().innerText()) !== before, 15_000);
});

scene("the agent sees that the visitor came and went", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("Gelen Giden");
  await visitor.say("geldim");
  await agent.openThread("Gelen Giden");
  const head = agent.get("conversation").locator("header");
  const here = await head.innerText();
  await visitor.page.close();
  await eventually("the header changes", async () => (await head.innerText()) !== here, 15_000);
});

scene("words are words: markup is shown, only web and mail addresses become links", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("<img src=x onerror=alert(1)>");
  await visitor.say("<script>alert(1)</script> https://shop.example/gül javascript:alert(2)");
  await agent.openThread("<img src=x");
  await agent.sees("<script>alert(1)</script>");
  const links = await agent.bubble("<script>").getByRole("link").evaluateAll((all) => all.map((a) => [a.protocol, a.rel, a.target]));
  assert.equal(links.length, 1);
  assert.equal(links[0][0], "https:");
  assert.match(links[0][1], /noopener|noreferrer/);
});

scene("an emoji from the picker lands in the message", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Emoji");
  await visitor.get("emoji-button").click();
  await visitor.get("emoji-panel").waitFor();
  await visitor.get("emoji-panel").locator(".emoji-menu button.emoji").first().click();
  await eventually("an emoji in the field", async () => /\p{Extended_Pictographic}/u.test(await visitor.get("composer-input").inputValue()));
});
