// The server is killed and started again while people call: what is said goes on meanwhile, and the call is taken up again.
import assert from "node:assert/strict";

import { RELAY, Server } from "../support/server.mjs";
import { NETWORK_GONE } from "./support/browser.mjs";
import { callScene, callsOf, connected, meeting, oneLine, WITH_RELAY } from "./support/calls.mjs";
import { mediaFlows, traffic } from "./support/connections.mjs";
import { setTheStage, stage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

async function kill(...phones) {
  for (const { side } of phones) side.person.forgive(NETWORK_GONE);
  await stage.server.kill();
}

const startAgain = async () => {
  stage.server = await Server.start({ dir: stage.server.dir, port: stage.server.port, env: RELAY });
};

const knowsItIsGone = (phone) => phone.get("connection-line").first().waitFor();
const isBack = (phone) => phone.get("connection-line").first().waitFor({ state: "hidden" });

callScene("killed while they talk: they go on talking, the call is resumed, hanging up works, the line is right", async (enter) => {
  const people = await meeting(enter, "Kesintisiz");
  const { visitor, agent, room } = people;
  await connected(people, { media: "video" });
  await kill(visitor, agent);
  for (const phone of [visitor, agent]) await knowsItIsGone(phone);
  for (const phone of [visitor, agent]) {
    await mediaFlows(phone, ["audio", "video"]);
    assert.equal(await phone.panel.getAttribute("data-phase"), "connected");
  }
  await startAgain();
  for (const phone of [visitor, agent]) {
    await isBack(phone);
    await phone.inPhase("connected");
    await mediaFlows(phone, ["audio", "video"]);
  }
  // Signals pass again, in both directions.
  for (const [here, there] of [[visitor, agent], [agent, visitor]]) {
    await here.get("call-mute").click();
    await there.get("call-their-mute").waitFor();
    await here.get("call-mute").click();
    await there.get("call-their-mute").waitFor({ state: "detached" });
  }
  assert.deepEqual(await callsOf(room), []);
  await visitor.hangUp();
  await agent.ended("hangup");
  const line = await oneLine(room, { reason: "hangup", media: "video" });
  assert.ok(line.call.duration_ms > 1000, `${line.call.duration_ms} ms`);
  for (const phone of [visitor, agent]) assert.equal((await traffic(phone)).pair, null);
});

callScene("killed while it rings: it rings again and can be answered", async (enter) => {
  const people = await meeting(enter, "Çalarken");
  const { visitor, agent, room } = people;
  await visitor.call("audio");
  await agent.rings();
  await kill(visitor, agent);
  for (const phone of [visitor, agent]) await knowsItIsGone(phone);
  await startAgain();
  for (const phone of [visitor, agent]) await isBack(phone);
  await agent.rings();
  await agent.accept("audio");
  for (const phone of [visitor, agent]) await phone.inPhase("connected");
  for (const phone of [visitor, agent]) await mediaFlows(phone);
  await agent.hangUp();
  await visitor.ended("hangup");
  await oneLine(room, { reason: "hangup" });
});

callScene("hung up while the server is away: the other side learns it when it is back", async (enter) => {
  const people = await meeting(enter, "Beklemeyen");
  const { visitor, agent, room } = people;
  await connected(people);
  await kill(visitor, agent);
  await knowsItIsGone(visitor);
  await visitor.hangUp();
  await visitor.inPhase("ended");
  await startAgain();
  await isBack(visitor);
  await agent.ended("hangup");
  await oneLine(room, { caller: "visitor", reason: "hangup" });
});
