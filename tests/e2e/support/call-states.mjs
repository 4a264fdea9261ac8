// Walks both pages through every state that calls have; `look(person, state)` is called in each.
import { expectOk } from "../../support/acks.mjs";
import { phoneOf as socketOf } from "../../support/calls.mjs";
import { eventually } from "../../support/deadline.mjs";
import { connected, DEVICES, meeting, phoneOf } from "./calls.mjs";
import { verdictOf } from "./connection-test.mjs";
import { newSession, stage } from "./stage.mjs";

const measured = (phone) => phone.get("call-quality").waitFor({ state: "attached" });
const pictureOf = (phone) =>
  eventually("a picture", () => phone.get("call-their-video").evaluate((video) => video.videoWidth > 0 && video.currentTime > 0));

/** The end of a call on both sides, put away. */
async function over(...phones) {
  for (const phone of phones) {
    await phone.inPhase("ended");
    await phone.get("call-dismiss").click();
    await phone.panel.waitFor({ state: "detached" });
  }
}

/** A call of pictures on `here`, all that can be done in it. */
async function videoStates(here, there, look) {
  const { person } = here.side;
  await pictureOf(here);
  await measured(here);
  await look(person, "video");
  await there.get("call-camera").click();
  await there.get("call-mute").click();
  await here.get("call-their-camera-off").waitFor();
  await here.get("call-their-mute").waitFor();
  await look(person, "video-camera-off");
  await there.get("call-camera").click();
  await pictureOf(here);
  await here.get("call-size").click();
  await here.get("call-own-video").waitFor({ state: "detached" });
  await look(person, "video-small");
  await here.get("call-size").click();
  await here.get("call-devices").click();
  await here.get("call-audioinput").waitFor();
  await look(person, "devices");
  await here.get("call-devices").click();
}

/** A call of voices on `here`. */
async function voiceStates(here, there, look) {
  const { person } = here.side;
  await measured(here);
  await look(person, "voice");
  await there.get("call-mute").click();
  await here.get("call-mute").click();
  await here.get("call-their-mute").waitFor();
  await look(person, "voice-muted");
}

export async function visitorCallStates(enter, view, look) {
  const people = await meeting(enter, "Ayşe Demir", { visitor: view });
  const { visitor, agent, session } = people;
  const { person } = visitor.side;
  await look(person, "buttons");

  await visitor.call("video");
  await agent.rings();
  await visitor.inPhase("ringing");
  await look(person, "calling-video");
  await agent.accept("video");
  await videoStates(visitor, agent, look);
  await agent.hangUp();
  await visitor.ended("hangup");
  await look(person, "ended");
  await over(visitor, agent);

  await visitor.call("audio");
  await agent.rings();
  await visitor.inPhase("ringing");
  await look(person, "calling-voice");
  await agent.decline();
  await visitor.ended("declined");
  await look(person, "declined");
  await over(visitor);

  await agent.call("video");
  await visitor.rings();
  await look(person, "ring-video");
  await agent.hangUp();
  await visitor.ringsNoMore();
  await agent.call("audio");
  await visitor.rings();
  await look(person, "ring-voice");
  await visitor.accept("audio");
  await voiceStates(visitor, agent, look);
  await agent.hangUp();
  await over(visitor, agent);
  await look(person, "lines");

  const deaf = phoneOf(await enter.returning(session, { ...DEVICES, ...view, permissions: [] }));
  await deaf.call("audio");
  await deaf.refused("denied");
  await look(deaf.side.person, "denied");

  await connected(people);
  agent.side.person.forgive(/crash/i);
  agent.page.goto("chrome://crash").catch(() => {});
  await visitor.inPhase("reconnecting");
  await look(person, "reconnecting");
}

/** Debian's headless Chromium has no screen to capture: a canvas stands in. */
const canvasAsScreen = () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const paper = canvas.getContext("2d");
  setInterval(() => {
    paper.fillStyle = "#f4efe6";
    paper.fillRect(0, 0, 1280, 720);
    paper.fillStyle = "#2b2a27";
    paper.font = "64px sans-serif";
    paper.fillText("Sipariş formu", 80, 160);
    paper.fillRect(80, 220, (Date.now() / 10) % 900, 24);
  }, 50);
  navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(20);
};

const turnTo = (phone, hash) => phone.page.evaluate((to) => Object.assign(location, { hash: to }), hash);

export async function agentCallStates(enter, view, look) {
  const other = await newSession({ name: "Ali Vural", page_url: "https://shop.example/guller/kirmizi" });
  const people = await meeting(enter, "Fatma Kaya", { agent: view });
  const { visitor, agent, room } = people;
  const { person } = agent.side;
  await agent.side.sees("merhaba");
  await look(person, "buttons");

  await visitor.call("video");
  await agent.rings();
  await look(person, "ring-video");
  const phone = await socketOf(stage.server, other);
  const { call_id } = expectOk(await phone.emit("call", { media: "audio" }));
  await eventually("both ring", async () => (await agent.get("ring").count()) === 2);
  await look(person, "rings");
  expectOk(await phone.emit("hangup", { call_id }), []);
  phone.close();
  await eventually("one rings", async () => (await agent.get("ring").count()) === 1);
  await agent.accept("video");
  await videoStates(agent, visitor, look);
  await agent.page.evaluate(canvasAsScreen);
  await agent.get("call-screen").click();
  await visitor.get("call-their-screen").waitFor();
  await look(person, "screen");
  await turnTo(agent, "#settings/calls");
  await agent.get("connection-test-start").waitFor();
  await look(person, "elsewhere");
  await turnTo(agent, `#/${room}`);
  await agent.get("composer-input").waitFor();
  await visitor.hangUp();
  await agent.ended("hangup");
  await look(person, "ended");
  await over(agent, visitor);

  await visitor.call("audio");
  await agent.rings();
  await look(person, "ring-voice");
  await visitor.hangUp();
  await agent.ringsNoMore();
  await agent.get("call-back").waitFor();
  await look(person, "missed");
  await agent.call("audio");
  await visitor.rings();
  await agent.inPhase("ringing");
  await look(person, "calling-voice");
  await visitor.decline();
  await agent.ended("declined");
  await look(person, "declined");
  await over(agent);
  await connected(people, { by: "agent" });
  await voiceStates(agent, visitor, look);
  await agent.hangUp();
  await over(agent, visitor);
  await look(person, "lines");

  await turnTo(agent, "#settings/calls");
  await agent.get("connection-test-start").click();
  await verdictOf(agent.page);
  await agent.get("connection-test").scrollIntoViewIfNeeded();
  await look(person, "tested");
}
