// Voice notes, from Chromium's own microphone, which beeps, to the other side's ears.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { kept } from "../support/uploads.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

const MICROPHONE = { permissions: ["microphone"] };

setTheStage();

async function meeting(enter, name) {
  const visitor = await enter.visitor(MICROPHONE);
  await visitor.introduce(name);
  await visitor.say("merhaba");
  const agent = await enter.agent(MICROPHONE);
  await agent.openThread(name);
  return { visitor, agent };
}

const sound = (side) => side.get("audio-player").locator("audio");
const property = (side, name) => sound(side).evaluate((audio, key) => audio[key], name);
const timeOf = (side) => property(side, "currentTime");

/** Hears it: time passes in it, and what passes is not silence. */
async function hears(side) {
  const player = side.get("audio-player");
  await player.waitFor();
  const durationMs = Number(await player.getAttribute("data-duration-ms"));
  assert.ok(durationMs >= 1500 && durationMs < 10_000, `${durationMs} ms`);
  await side.get("audio-play").click();
  await eventually("it plays", async () => (await player.getAttribute("data-state")) === "playing");
  const first = await timeOf(side);
  await eventually("time passes in it", async () => (await timeOf(side)) > first + 0.2);
  return durationMs;
}

scene("a visitor records, hears it first, sends it; the agent's player really plays, seeks and hurries", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Konuşan Hanım");
  // The beep is shorter than the calm meter's steps.
  await visitor.page.emulateMedia({ reducedMotion: "no-preference" });
  await visitor.get("voice-button").click();
  const level = visitor.get("voice-level");
  await eventually("the level meter hears the beep", async () => Number(await level.getAttribute("data-level")) > 0.2);
  await visitor.recorded(2);
  await visitor.get("voice-stop").click();
  await visitor.get("voice-play").click();
  await eventually("the replay moves", async () => Number(await visitor.page.locator(".voice-wave input").inputValue()) > 0);
  await visitor.get("voice-send").click();

  const durationMs = await hears(agent);
  const [, note] = await stage.owner.transcript(await agent.row("Konuşan Hanım").getAttribute("data-room"));
  assert.equal(note.kind, "audio");
  assert.equal(note.upload.duration_ms, durationMs);
  await agent.hasLastLine("Konuşan Hanım", "Sesli mesaj");
  const scrubber = agent.get("audio-scrubber");
  await eventually("the handle moves with it", async () => Number(await scrubber.inputValue()) > 200);
  await agent.get("audio-play").click();
  await eventually("it pauses", () => property(agent, "paused"));

  await scrubber.fill("1000");
  await eventually("it seeks", async () => Math.abs((await timeOf(agent)) - 1) < 0.05);
  await scrubber.press("ArrowRight");
  const step = Math.min(5000, durationMs / 10) / 1000;
  await eventually("an arrow seeks, too", async () => Math.abs((await timeOf(agent)) - 1 - step) < 0.05);

  await agent.get("audio-speed").click();
  await agent.get("audio-play").click();
  await eventually("it hurries", async () => (await property(agent, "playbackRate")) === 1.5);
  await eventually("it ends where it began", async () => (await agent.get("audio-player").getAttribute("data-state")) === "idle");
  assert.equal(await scrubber.inputValue(), "0");

  await visitor.page.reload();
  assert.equal(await hears(visitor), durationMs);
});

scene("an agent answers by voice", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Dinleyen Bey");
  await agent.record();
  await agent.get("voice-send").click();
  await hears(visitor);
});

scene("held: it records until it is let go; slid away, it is dropped", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Basılı Tutan");
  const before = await kept(stage.server);
  const { mouse } = visitor.page;
  const press = async () => {
    const box = await visitor.get("voice-button").boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    await visitor.recorded(1);
    return [x, y];
  };
  const [x, y] = await press();
  await mouse.move(x - 200, y, { steps: 5 });
  await visitor.get("voice-button").waitFor();
  assert.equal(await visitor.get("voice-timer").count(), 0);
  await mouse.up();
  assert.deepEqual(await kept(stage.server), before);

  await press();
  await visitor.recorded(2);
  await mouse.up();
  await visitor.get("voice-send").click();
  await agent.get("audio-player").waitFor();
});

scene("what was cancelled, before or after its end, leaves nothing; nor does the microphone stay open", async (enter) => {
  const { visitor } = await meeting(enter, "Vazgeçen");
  await visitor.page.evaluate(() => {
    const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.tracks = [];
    navigator.mediaDevices.getUserMedia = async (wish) => {
      const stream = await get(wish);
      window.tracks.push(...stream.getTracks());
      return stream;
    };
  });
  const before = await kept(stage.server);
  await visitor.get("voice-button").click();
  await visitor.recorded(1);
  await visitor.get("voice-cancel").click();
  await visitor.get("composer-input").waitFor();
  await visitor.record(1);
  await visitor.get("voice-delete").click();
  await visitor.get("voice-button").click();
  await visitor.get("voice-timer").waitFor();
  await visitor.page.keyboard.press("Escape");
  await visitor.get("voice-button").waitFor();
  assert.deepEqual(await visitor.page.evaluate(() => window.tracks.map((track) => track.readyState)), ["ended", "ended", "ended"]);
  await visitor.say("yine yazıyorum");
  await visitor.hasState("yine yazıyorum", "read");
  assert.equal(await visitor.get("audio-player").count(), 0);
  assert.deepEqual(await kept(stage.server), before);
});

for (const [locale, words] of [["tr-TR", /mikrofon izni kapalı/], ["en-GB", /microphone is blocked/]]) {
  scene(`a microphone that may not be used is explained, ${locale}`, async (enter) => {
    const visitor = await enter.visitor({ locale, permissions: [] });
    await visitor.introduce("Sessiz");
    await visitor.get("voice-button").click();
    await visitor.page.getByRole("alert").filter({ hasText: words }).waitFor();
    await visitor.get("voice-cancel").click();
    await visitor.say("o zaman yazayım");
    await visitor.hasState("o zaman yazayım", "sent", "delivered");
  });
}

scene("one recording at a time is heard", async (enter) => {
  const session = await newSession({ name: "İki Ses" });
  const visitor = await enter.returning(session, MICROPHONE);
  for (let i = 1; i <= 2; i += 1) {
    await visitor.record(3);
    await visitor.get("voice-send").click();
    await eventually(`note ${i}`, async () => (await visitor.get("audio-player").count()) === i);
  }
  const players = visitor.get("audio-player");
  const states = () => players.evaluateAll((all) => all.map((player) => player.dataset.state));
  await players.nth(0).getByTestId("audio-play").click();
  await eventually("the first plays", async () => (await states())[0] === "playing");
  await players.nth(1).getByTestId("audio-play").click();
  await eventually("the second stops it", async () => (await states()).join() === "paused,playing");
});
