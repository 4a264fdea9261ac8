// Several agents, several browsers of one agent: who rings, who stops ringing, what else is on the page.
import assert from "node:assert/strict";

import { newAgent } from "../support/people.mjs";
import { callScene, connected, DEVICES, meeting, oneLine, phoneOf, WITH_RELAY } from "./support/calls.mjs";
import { mediaFlows } from "./support/connections.mjs";
import { setTheStage, stage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

const another = async (enter, who) => phoneOf(await enter.agent(DEVICES, who));

callScene("two browsers of one agent: both ring, one answers, the other stops", async (enter) => {
  const people = await meeting(enter, "Çift Ekran");
  const second = await another(enter);
  const { visitor, agent, room } = people;
  await visitor.call("audio");
  await Promise.all([agent.rings(), second.rings()]);
  await second.accept("audio");
  await agent.ringsNoMore();
  for (const phone of [visitor, second]) await phone.inPhase("connected");
  assert.equal(await agent.panel.count(), 0);
  await mediaFlows(second);
  await second.hangUp();
  await visitor.ended("hangup");
  await oneLine(room, { reason: "hangup" });
});

callScene("two agents: the one who answers is named, the other is told; declining leaves it to the other", async (enter) => {
  const people = await meeting(enter, "İki Kişi");
  const zeynep = await another(enter, await newAgent(stage.server, "zeynep", "Zeynep Ak"));
  const { visitor, agent, room } = people;
  await visitor.call("video");
  await Promise.all([agent.rings(), zeynep.rings()]);
  await agent.decline();
  await agent.ringsNoMore();
  assert.equal(await zeynep.get("ring-decline").count(), 1);
  await zeynep.accept("video");
  await visitor.inPhase("connected");
  assert.match(await visitor.words(), /Zeynep Ak/);
  await mediaFlows(visitor, ["audio", "video"]);
  await visitor.hangUp();
  await zeynep.ended("hangup");
  const line = await oneLine(room, { reason: "hangup" });
  assert.equal(line.author, "Zeynep Ak");

  await agent.get("call-audio").waitFor();
  await visitor.get("call-dismiss").click();
  await visitor.call("audio");
  await Promise.all([agent.rings(), zeynep.rings()]);
  await zeynep.accept("audio");
  await agent.page.getByText("Zeynep Ak").first().waitFor();
  await agent.ringsNoMore();
});

callScene("everybody is in a call: a second visitor hears so at once, and the agent finds the missed call", async (enter) => {
  const people = await meeting(enter, "Birinci");
  await connected(people);
  const other = await meeting(enter, "İkinci", { open: false });
  await other.visitor.call("audio");
  assert.match(await other.visitor.ended("busy"), /görüşme/i);
  await oneLine(other.room, { caller: "visitor", reason: "busy", duration_ms: 0 });
  assert.equal(await people.agent.get("rings").count(), 0);
  await mediaFlows(people.visitor);
});

callScene("what the agent writes stays: while it rings, when it is answered, when another thread was open", async (enter) => {
  const people = await meeting(enter, "Taslak");
  const { visitor, agent, room } = people;
  const draft = "yarım kalan bir cüm";
  await agent.get("composer-input").fill(draft);
  await visitor.call("audio");
  await agent.rings();
  await agent.page.keyboard.type("le");
  assert.equal(await agent.get("composer-input").inputValue(), `${draft}le`);
  await agent.accept("audio");
  for (const phone of [visitor, agent]) await phone.inPhase("connected");
  assert.equal(await agent.get("composer-input").inputValue(), `${draft}le`);
  await agent.side.say("gönderildi");
  await visitor.side.sees("gönderildi");

  // Another thread meanwhile: the call goes on and can be ended from there.
  const elsewhere = await meeting(enter, "Başkası", { open: false });
  await agent.side.openThread("Başkası");
  await agent.get("composer-input").fill("başkasına");
  await mediaFlows(visitor);
  await agent.hangUp();
  await visitor.ended("hangup");
  assert.equal(await agent.get("composer-input").inputValue(), "başkasına");

  // A call from the first thread opens it, and nothing written is lost.
  await visitor.get("call-dismiss").click();
  await visitor.call("audio");
  await agent.rings();
  await agent.accept("audio");
  await agent.page.locator(`[data-testid="conversation"][data-room="${room}"]`).waitFor();
  await agent.inPhase("connected");
  await agent.side.openThread("Başkası");
  assert.equal(await agent.get("composer-input").inputValue(), "başkasına");
  assert.notEqual(elsewhere.room, room);
});
