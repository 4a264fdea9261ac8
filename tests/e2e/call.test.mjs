// Two browsers that talk and see each other.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { callScene, clock, connected, meeting, oneLine, showsLine, WITH_RELAY } from "./support/calls.mjs";
import { hears, hearsNothing, mediaFlows, traffic } from "./support/connections.mjs";
import { setTheStage, stage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

const PICTURES = ["audio", "video"];

/** A frame is drawn, not only received. */
const seesPicture = (phone) =>
  eventually("a picture is seen", () =>
    phone.get("call-their-video").evaluate((video) => video.videoWidth > 0 && video.currentTime > 0 && !video.paused),
  );

const noPictureComes = async (phone) => {
  await phone.get("call-their-camera-off").waitFor();
  await phone.get("call-their-video").waitFor({ state: "detached" });
};

callScene("a visitor calls with video: both see and hear, mute and camera reach the other side, the line tells how long", async (enter) => {
  const people = await meeting(enter, "Görüntülü Hanım");
  const { visitor, agent, room } = people;
  await connected(people, { media: "video" });
  for (const phone of [visitor, agent]) {
    await mediaFlows(phone, PICTURES);
    await seesPicture(phone);
    await hears(phone);
  }

  for (const [here, there] of [[visitor, agent], [agent, visitor]]) {
    await here.get("call-mute").click();
    await there.get("call-their-mute").waitFor();
    await hearsNothing(there);
    await here.get("call-mute").click();
    await there.get("call-their-mute").waitFor({ state: "detached" });
    await hears(there);

    await here.get("call-camera").click();
    await noPictureComes(there);
    await here.get("call-camera").click();
    await there.get("call-their-camera-off").waitFor({ state: "detached" });
    await seesPicture(there);
    await mediaFlows(there, PICTURES);
  }

  await visitor.hangUp();
  await agent.ended("hangup");
  await visitor.ended("hangup");
  const line = await oneLine(room, { caller: "visitor", media: "video", reason: "hangup" });
  assert.equal(line.from, "visitor");
  assert.equal(line.author, "Mehmet Yılmaz");
  assert.ok(line.call.duration_ms > 5000, `${line.call.duration_ms} ms`);
  for (const phone of [visitor, agent]) await showsLine(phone, line, clock(line.call.duration_ms));
});

callScene("a visitor calls without a picture, the agent hangs up; nothing of it goes on", async (enter) => {
  const people = await meeting(enter, "Sesli Bey");
  const { visitor, agent, room } = people;
  await connected(people);
  for (const phone of [visitor, agent]) {
    await hears(phone);
    assert.equal((await traffic(phone)).video, 0);
    await phone.get("call-timer").waitFor();
    const { types } = (await traffic(phone)).pair;
    assert.ok(!types.includes("relay"), `${types}`);
    await phone.panel.locator('[data-testid="call-quality"][data-path="direct"]').waitFor({ state: "attached" });
  }
  await agent.hangUp();
  await visitor.ended("hangup");
  const line = await oneLine(room, { caller: "visitor", media: "audio", reason: "hangup" });
  for (const phone of [visitor, agent]) {
    await showsLine(phone, line, clock(line.call.duration_ms));
    assert.deepEqual(
      await phone.page.evaluate(() => window.connections.map(({ connectionState }) => connectionState)),
      ["closed"],
    );
    await phone.panel.waitFor({ state: "detached" });
  }
});

for (const media of ["audio", "video"]) {
  callScene(`an agent calls a visitor, ${media}`, async (enter) => {
    const people = await meeting(enter, `Aranan ${media}`);
    const { visitor, agent, room } = people;
    await connected(people, { by: "agent", media });
    for (const phone of [visitor, agent]) await mediaFlows(phone, media === "video" ? PICTURES : ["audio"]);
    await visitor.hangUp();
    await agent.ended("hangup");
    const line = await oneLine(room, { caller: "agent", media, reason: "hangup" });
    assert.equal(line.from, "agent");
    assert.equal(line.author, stage.owner.account.name);
    for (const phone of [visitor, agent]) await showsLine(phone, line, clock(line.call.duration_ms));
  });
}

callScene("a video call may be answered by voice, and the camera switched on later", async (enter) => {
  const people = await meeting(enter, "Önce Ses");
  const { visitor, agent } = people;
  await connected(people, { media: "video", answer: "audio" });
  await seesPicture(agent);
  await noPictureComes(visitor);
  await agent.get("call-camera").click();
  await seesPicture(visitor);
  await mediaFlows(visitor, PICTURES);
});

callScene("a call of voices becomes one of pictures", async (enter) => {
  const people = await meeting(enter, "Sonra Görüntü");
  const { visitor, agent } = people;
  await connected(people);
  await visitor.get("call-camera").click();
  await seesPicture(agent);
  assert.equal(await visitor.get("call-their-video").count(), 0);
});

callScene("both press the button at once: one call, not two", async (enter) => {
  const people = await meeting(enter, "Aynı Anda");
  const { visitor, agent, room } = people;
  await Promise.all([visitor.call("audio"), agent.call("audio")]);
  for (const phone of [visitor, agent]) await phone.inPhase("connected");
  for (const phone of [visitor, agent]) await mediaFlows(phone);
  await visitor.hangUp();
  await agent.ended("hangup");
  await oneLine(room, { reason: "hangup" });
});
