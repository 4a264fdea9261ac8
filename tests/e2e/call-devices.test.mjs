// Browsers without a camera, without permission, with several devices, and a screen that is shared.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { callScene, callsOf, connected, meeting, oneLine, WITH_RELAY } from "./support/calls.mjs";
import { hears, mediaFlows, watched } from "./support/connections.mjs";
import { setTheStage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

/** A machine that has none of these devices. */
const without = (...kinds) => `${watched()};(${(missing) => {
  const { mediaDevices } = navigator;
  const get = mediaDevices.getUserMedia.bind(mediaDevices);
  const list = mediaDevices.enumerateDevices.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wish) => {
    if (missing.some((kind) => wish[kind])) throw new DOMException("Requested device not found", "NotFoundError");
    return get(wish);
  };
  mediaDevices.enumerateDevices = async () => (await list()).filter(({ kind }) => !missing.some((one) => kind === `${one}input`));
}})(${JSON.stringify(kinds)})`;

callScene("a visitor without a camera calls with video: it becomes a call of voices, and he is told", async (enter) => {
  const people = await meeting(enter, "Kamerasız", { visitor: { before: without("video") } });
  const { visitor, agent, room } = people;
  await visitor.call("video");
  await agent.rings();
  await agent.accept("audio");
  for (const phone of [visitor, agent]) {
    await phone.inPhase("connected");
    await hears(phone);
  }
  await visitor.get("call-trouble").filter({ hasText: /kamera/i }).waitFor();
  await visitor.hangUp();
  await agent.ended("hangup");
  await oneLine(room, { media: "audio", reason: "hangup" });
});

callScene("an agent without a camera answers with video: is seen by nobody, hears and sees all the same", async (enter) => {
  const people = await meeting(enter, "Kamerasız Masa", { agent: { before: without("video") } });
  const { visitor, agent } = people;
  await connected(people, { media: "video" });
  await mediaFlows(agent, ["audio", "video"]);
  await hears(visitor);
  await agent.get("call-trouble").filter({ hasText: /kamera/i }).waitFor();
  await visitor.get("call-their-camera-off").waitFor();
});

callScene("no microphone: the call does not begin, and the words say what to do", async (enter) => {
  const people = await meeting(enter, "Mikrofonsuz", { visitor: { before: without("audio", "video") } });
  await people.visitor.call("audio");
  assert.match(await people.visitor.refused("missing"), /mikrofon/i);
  assert.equal(await people.agent.get("rings").count(), 0);
  assert.deepEqual(await callsOf(people.room), []);
});

for (const [locale, words] of [["tr-TR", /mikrofona? izin/i], ["en-GB", /microphone is not allowed/i]]) {
  callScene(`a microphone that may not be used is explained, and can be tried again, ${locale}`, async (enter) => {
    const people = await meeting(enter, `İzinsiz ${locale}`, { visitor: { permissions: [], locale } });
    const { visitor, agent, room } = people;
    await visitor.call("audio");
    assert.match(await visitor.refused("denied"), words);
    assert.equal(await agent.get("rings").count(), 0);
    assert.deepEqual(await callsOf(room), []);
    await visitor.side.person.context.grantPermissions(["microphone"]);
    await visitor.get("call-retry").click();
    await agent.rings();
    await agent.accept("audio");
    await visitor.inPhase("connected");
    await hears(agent);
  });
}

callScene("an agent who may not use the microphone is told; it goes on ringing and can be answered again", async (enter) => {
  const people = await meeting(enter, "Bekleyen", { agent: { permissions: [] } });
  const { visitor, agent } = people;
  await visitor.call("audio");
  await agent.rings();
  await agent.accept("audio");
  await agent.refused("denied");
  await visitor.inPhase("ringing");
  await agent.side.person.context.grantPermissions(["microphone", "camera"]);
  await agent.accept("audio");
  for (const phone of [visitor, agent]) {
    await phone.inPhase("connected");
    await hears(phone);
  }
});

callScene("another microphone and another camera are chosen in the middle; the call goes on with them", async (enter) => {
  const people = await meeting(enter, "Seçen");
  const { visitor, agent } = people;
  await connected(people, { media: "video" });
  await visitor.get("call-devices").click();
  for (const kind of ["audioinput", "videoinput"]) {
    const choice = visitor.get(`call-${kind}`);
    const options = await choice.locator("option").evaluateAll((all) => all.map(({ value, selected }) => ({ value, selected })));
    const other = options.find(({ value, selected }) => value && !selected);
    if (kind === "audioinput") assert.ok(other, `several microphones: ${JSON.stringify(options)}`);
    if (!other) continue;
    await choice.selectOption(other.value);
    await eventually("it is the one in use", () =>
      visitor.page.evaluate(
        ([what, id]) =>
          window.connections
            .at(-1)
            .getSenders()
            .some(({ track }) => track?.kind === what && track.getSettings().deviceId === id),
        [kind.replace("input", ""), other.value],
      ),
    );
  }
  await mediaFlows(agent, ["audio", "video"]);
  await hears(agent);
});

callScene("an agent shares the screen in a call of voices; the visitor sees it and is told, until it stops", async (enter) => {
  const people = await meeting(enter, "Ekrana Bakan");
  const { visitor, agent } = people;
  await connected(people);
  assert.equal(await visitor.get("call-screen").count(), 0);
  // Debian's headless Chromium has no screen to capture: a canvas stands in.
  await agent.page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const paper = canvas.getContext("2d");
    setInterval(() => {
      paper.fillStyle = `hsl(${Date.now() % 360} 60% 50%)`;
      paper.fillRect(0, 0, 640, 360);
    }, 50);
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(20);
  });
  await agent.get("call-screen").click();
  await visitor.get("call-their-screen").waitFor();
  await agent.get("call-sharing").waitFor();
  await eventually("the screen is seen", () =>
    visitor.get("call-their-video").evaluate((video) => video.videoWidth === 640 && video.currentTime > 0),
  );
  await agent.get("call-screen").click();
  await visitor.get("call-their-screen").waitFor({ state: "detached" });
  await visitor.get("call-their-video").waitFor({ state: "detached" });
  await hears(visitor);
});
