// Calls of browsers that get through over the server's relay only.
import assert from "node:assert/strict";

import { expectJson, get } from "../support/http.mjs";
import { nothingFound } from "./support/axe.mjs";
import { callScene, connected, meeting, oneLine, WITH_RELAY } from "./support/calls.mjs";
import { mediaFlows, moveTo, traffic, watched } from "./support/connections.mjs";
import { verdictOf } from "./support/connection-test.mjs";
import { setTheStage, stage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

/** What the server says of its relay: one port for both transports. */
async function relayPort(token) {
  const { iceServers } = expectJson(await get(stage.server, "/v1/api/ice-servers", { bearer: token }));
  const urls = iceServers.flatMap((server) => server.urls).filter((url) => url.startsWith("turn:"));
  assert.deepEqual(urls.map((url) => url.split("=")[1]).sort(), ["tcp", "udp"]);
  const ports = new Set(urls.map((url) => Number(/:(\d+)\?/.exec(url)[1])));
  assert.equal(ports.size, 1, urls.join());
  return ports.values().next().value;
}

for (const transport of ["udp", "tcp"]) {
  callScene(`over the relay by ${transport}: media flows both ways, the panel says relayed`, async (enter) => {
    const relayed = { before: watched({ relay: transport }) };
    const people = await meeting(enter, `Aktarılan ${transport}`, { visitor: relayed, agent: relayed });
    const { visitor, agent, room, session } = people;
    const port = await relayPort(session.token);
    await connected(people, { media: "video" });
    for (const phone of [visitor, agent]) {
      await mediaFlows(phone, ["audio", "video"]);
      const { types, url, relayProtocol } = (await traffic(phone)).pair;
      assert.deepEqual(types, ["relay", "relay"]);
      assert.equal(relayProtocol, transport);
      assert.equal(Number(/:(\d+)\?/.exec(url)[1]), port, url);
      await phone.panel.locator('[data-testid="call-quality"][data-path="relayed"]').waitFor();
      assert.match(await phone.words(), /aktarmalı/);
    }
    await visitor.hangUp();
    await agent.ended("hangup");
    await oneLine(room, { reason: "hangup", media: "video" });
  });
}

callScene("one side over the relay by UDP, the other by TCP", async (enter) => {
  const people = await meeting(enter, "Karışık", {
    visitor: { before: watched({ relay: "tcp" }) },
    agent: { before: watched({ relay: "udp" }) },
  });
  await connected(people);
  for (const phone of [people.visitor, people.agent]) {
    await mediaFlows(phone);
    assert.deepEqual((await traffic(phone)).pair.types, ["relay", "relay"]);
  }
});

callScene("no way at all: both are told in words, and can test their connection", async (enter) => {
  // Relay only, and the relay's port leads nowhere.
  const nowhere = { before: watched({ relay: "udp", closed: ["udp"] }) };
  const people = await meeting(enter, "Ulaşılmaz", { visitor: nowhere, agent: nowhere });
  const { visitor, agent, room } = people;
  await visitor.call("audio");
  await agent.rings();
  await agent.accept("audio");
  await agent.panel.and(agent.page.locator('[data-phase="ended"]')).waitFor({ timeout: 40_000 });
  assert.match(await visitor.ended("failed"), /kurulamadı/);
  assert.match(await agent.ended("failed"), /kurulamadı/);
  await oneLine(room, { reason: "failed", duration_ms: 0 });
  await agent.get("call-test").click();
  await agent.get("connection-test").waitFor();
  await nothingFound(visitor.side.person, "a call that failed");
  await moveTo(visitor, { closed: ["udp", "tcp"] });
  await visitor.get("call-test").click();
  assert.equal((await verdictOf(visitor.page)).verdict, "blocked");
  await nothingFound(visitor.side.person, "blocked");
  for (const [network, verdict] of [[{ closed: ["udp"] }, "relayed"], [{}, "direct"]]) {
    await moveTo(visitor, network);
    await visitor.get("connection-test-again").click();
    assert.equal((await verdictOf(visitor.page)).verdict, verdict);
  }
});
