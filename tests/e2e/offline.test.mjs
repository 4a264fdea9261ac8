import assert from "node:assert/strict";
import { after, before } from "node:test";

import { eventually } from "../support/deadline.mjs";
import { newOwner } from "../support/people.mjs";
import { Server, temporaryDirectory } from "../support/server.mjs";
import { launch, NETWORK_GONE } from "./support/browser.mjs";
import { scene, stage } from "./support/stage.mjs";

const BACK_MS = 30_000;

const dir = temporaryDirectory();
before(async () => {
  stage.server = await Server.start({ dir });
  stage.browser = await launch();
  stage.owner = await newOwner(stage.server);
});
after(async () => {
  await stage.browser?.close();
  await stage.server?.stop();
});

async function stored(name) {
  const { sessions } = JSON.parse((await stage.owner.get(`/api/admin/sessions?q=${encodeURIComponent(name)}&status=all`)).text);
  return (await stage.owner.transcript(sessions[0].room)).map((m) => m.text);
}

async function arriveOnce(visitor, name, words) {
  for (const w of words) await visitor.hasState(w, "sent", "delivered", "read");
  const kept = await eventually("all of it is stored", async () => {
    const texts = await stored(name);
    return texts.length >= words.length && texts;
  });
  assert.deepEqual(kept, words);
  assert.equal(await visitor.get("message").count(), words.length, "each is shown once");
}

scene("the network goes away in mid-sentence: what was written waits, and goes out once", async (enter) => {
  const visitor = await enter.visitor();
  visitor.person.forgive(NETWORK_GONE);
  await visitor.introduce("Tünelde");
  const words = ["önce"];
  await visitor.say("önce");
  await visitor.hasState("önce", "sent", "delivered");
  await visitor.person.context.setOffline(true);
  for (let i = 0; i < 5; i += 1) {
    words.push(`tünelde ${i}`);
    await visitor.say(`tünelde ${i}`);
  }
  await visitor.hasState("tünelde 4", "waiting", "sending");
  await visitor.person.context.setOffline(false);
  await arriveOnce(visitor, "Tünelde", words);
});

scene("the server is killed while messages are on their way: each is stored and shown once", async (enter) => {
  const visitor = await enter.visitor();
  visitor.person.forgive(NETWORK_GONE);
  await visitor.introduce("Elektrik Kesildi");
  const words = [];
  for (let i = 0; i < 10; i += 1) {
    words.push(`söz ${i}.`);
    await visitor.say(`söz ${i}.`);
    if (i === 5) await stage.server.kill();
  }
  await visitor.get("connection-line").waitFor();
  stage.server = await Server.start({ dir, port: stage.server.port });
  await visitor.get("connection-line").waitFor({ state: "detached", timeout: BACK_MS });
  stage.owner.server = stage.server;
  await arriveOnce(visitor, "Elektrik Kesildi", words);
});

scene("what was queued survives a reload of the page", async (enter) => {
  const visitor = await enter.visitor();
  visitor.person.forgive(NETWORK_GONE);
  await visitor.introduce("Sayfa Yenilendi");
  await visitor.say("ilk");
  await visitor.hasState("ilk", "sent", "delivered");
  await stage.server.kill();
  await visitor.say("sunucu yokken yazılan");
  await visitor.hasState("sunucu yokken yazılan", "waiting", "sending");
  const page = visitor.page;
  stage.server = await Server.start({ dir, port: stage.server.port });
  stage.owner.server = stage.server;
  await page.reload();
  await arriveOnce(visitor, "Sayfa Yenilendi", ["ilk", "sunucu yokken yazılan"]);
});

scene("an agent's answer, too, waits for the network", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  for (const side of [visitor, agent]) side.person.forgive(NETWORK_GONE);
  await visitor.introduce("Cevap Bekleyen");
  await visitor.say("orada mısınız?");
  await agent.openThread("Cevap Bekleyen");
  await agent.person.context.setOffline(true);
  await agent.say("tünelden yazıyorum");
  await agent.hasState("tünelden yazıyorum", "waiting", "sending");
  await visitor.say("bu arada bir şey daha");
  await visitor.hasState("bu arada bir şey daha", "sent", "delivered");
  await agent.person.context.setOffline(false);
  await visitor.sees("tünelden yazıyorum");
  await agent.sees("bu arada bir şey daha");
  assert.deepEqual((await stored("Cevap Bekleyen")).toSorted(), ["orada mısınız?", "bu arada bir şey daha", "tünelden yazıyorum"].toSorted());
  assert.equal(await agent.get("message").count(), 3);
});
