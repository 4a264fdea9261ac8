// A call rings on the owner's phone, where he is not signed in: one link later he talks.
import assert from "node:assert/strict";

import { RELAY } from "../support/server.mjs";
import { TOLD_MS } from "../support/telegram.mjs";
import { callScene, DEVICES, phoneOf } from "./support/calls.mjs";
import { hears, mediaFlows } from "./support/connections.mjs";
import { AdminPage } from "./support/pages.mjs";
import { newSession, stage } from "./support/stage.mjs";
import { answerLink, setTheStageWithBot, told } from "./support/telegram.mjs";

setTheStageWithBot({ env: RELAY });

const PHONE = { ...DEVICES, size: "phone" };

/** A browser in which nobody is signed in opens the link of a message. */
async function follow(enter, link, options = PHONE) {
  const person = await enter.person(options);
  // The browser itself notes that it asked before it was signed in.
  person.forgive(/status of 401/);
  await person.page.goto(link);
  return phoneOf(new AdminPage(person));
}

async function calling(enter, name, media = "audio") {
  const visitor = await enter.returning(await newSession({ name }), DEVICES);
  await visitor.say("arayabilir miyim?");
  const question = await told((m) => m.text.includes(name) && m.text.includes("arayabilir"), `${name} writes`);
  const phone = phoneOf(visitor);
  if (media) await phone.call(media);
  return { phone, question };
}

callScene("nobody at the desk: the Answer link opens the thread, the ring is there, both hear each other", async (enter) => {
  const { phone } = await calling(enter, "Arayan Aras");
  const notice = await told((m) => m.text.includes("Arayan Aras") && answerLink(m), "a call");
  await phone.inPhase("ringing");
  const link = answerLink(notice);
  const owner = await follow(enter, link);
  await owner.rings();
  await owner.get("conversation").waitFor();
  assert.ok(!owner.page.url().includes("answer="), "the token does not stay in the address");
  await owner.accept("audio");
  await Promise.all([phone.inPhase("connected"), owner.inPhase("connected")]);
  for (const one of [phone, owner]) {
    await mediaFlows(one);
    await hears(one);
  }
  await owner.hangUp();
  await phone.ended("hangup");
  await owner.side.sees("arayabilir miyim?");

  const second = await follow(enter, link);
  second.side.person.forgive(/status of 410/);
  await second.get("answer-expired").filter({ hasText: "kullanılmış" }).waitFor();
  await second.get("login-username").waitFor();
  assert.equal(await second.get("conversation").count(), 0);
  assert.ok(!stage.pocket.bot.texts().some((t) => /📵/.test(t)), "an answered call was not missed");
});

callScene("/call as a reply: the link leads to the visitor's thread, from where one calls back", async (enter) => {
  const { phone, question } = await calling(enter, "Aranan Aylin", null);
  const { message_id } = stage.pocket.boss.says("/call", { reply_to: question.id });
  const answer = await told((m) => m.wantedReply === message_id, "an answer to /call");
  const owner = await follow(enter, answerLink(answer));
  await owner.side.sees("arayabilir miyim?");
  await owner.get("answer-call").click();
  await phone.rings();
  await phone.accept("audio");
  await Promise.all([phone.inPhase("connected"), owner.inPhase("connected")]);
  await mediaFlows(phone);
  await owner.hangUp();
  await phone.ended("hangup");
});

callScene("signed in already: the link leads to the ring and changes nothing else", async (enter) => {
  const agent = await enter.agent(PHONE);
  const { phone } = await calling(enter, "Tanıdık Tuna");
  const notice = await told((m) => m.text.includes("Tanıdık Tuna") && answerLink(m), "a call");
  const before = await agent.person.context.cookies();
  await agent.page.goto(answerLink(notice));
  const owner = phoneOf(agent);
  await owner.rings();
  await agent.get("conversation").waitFor();
  assert.deepEqual(await agent.person.context.cookies(), before);
  await owner.decline();
  await phone.ended("declined");
});

callScene("a call that was over before the link was opened: the thread is there, and says so", async (enter) => {
  const { phone } = await calling(enter, "Kısa Kısmet");
  const notice = await told((m) => m.text.includes("Kısa Kısmet") && answerLink(m), "a call");
  await phone.hangUp();
  await stage.pocket.bot.received((m) => /📵/.test(m.text) && m.text.includes("Kısa Kısmet"), { ms: TOLD_MS });
  const owner = await follow(enter, answerLink(notice));
  await owner.get("answer-banner").filter({ hasText: "Kısa Kısmet artık aramıyor" }).waitFor();
  await owner.get("answer-call").waitFor();
  await owner.side.sees("arayabilir miyim?");
  await owner.get("call-back").waitFor();
});
