import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

async function waiting(name, words = "merhaba") {
  const session = await newSession({ name });
  const phone = await visitorSocket(stage.server, session);
  await phone.say(words);
  phone.close();
  return session;
}

scene("on a phone: threads, conversation, visitor, and back the same way", async (enter) => {
  await waiting("Telefondan Bakılan");
  const agent = await enter.agent({ size: "phone" });
  assert.equal(await agent.get("composer-input").isVisible(), false);
  await agent.openThread("Telefondan Bakılan");
  assert.equal(await agent.get("search-input").isVisible(), false);
  await agent.get("show-visitor").click();
  await agent.get("visitor-pane").waitFor();
  await agent.page.goBack();
  await agent.get("composer-input").waitFor();
  await agent.get("back-button").click();
  await agent.get("search-input").waitFor();
});

scene("a reload keeps the open thread and the unfinished answer", async (enter) => {
  await waiting("Yarım Cevap");
  const agent = await enter.agent();
  await agent.openThread("Yarım Cevap");
  await agent.get("composer-input").fill("tam diyordum ki");
  await agent.page.reload();
  await agent.sees("merhaba");
  await eventually("the draft is back", async () => (await agent.get("composer-input").inputValue()) === "tam diyordum ki");
});

scene("two agents' browsers agree about what is read and closed", async (enter) => {
  await waiting("İki Ekran");
  const [desk, laptop] = [await enter.agent(), await enter.agent()];
  await laptop.hasUnread("İki Ekran", 1);
  await desk.openThread("İki Ekran");
  await laptop.hasUnread("İki Ekran", 0);
  await desk.get("close-button").click();
  await laptop.row("İki Ekran").waitFor({ state: "detached" });
});

scene("a new visitor appears at the top without a reload", async (enter) => {
  await waiting("Eski Olan");
  const agent = await enter.agent();
  await agent.row("Eski Olan").waitFor();
  await waiting("Yeni Gelen");
  await agent.row("Yeni Gelen").waitFor();
  assert.match(await agent.get("thread-row").first().innerText(), /Yeni Gelen/);
});

scene("an erased visitor starts anew", async (enter) => {
  const session = await waiting("Unutulan");
  const visitor = await enter.returning(session);
  visitor.person.forgive(/40[14]/);
  await visitor.sees("merhaba");
  assert.equal((await stage.owner.change("DELETE", `/api/admin/sessions/${session.room}`)).status, 204);
  await visitor.get("start-form").waitFor();
});
