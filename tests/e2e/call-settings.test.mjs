// What the owner allows, and the test of one's own connection on both pages.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { expectJson } from "../support/http.mjs";
import { callScene, DEVICES, meeting, WITH_RELAY } from "./support/calls.mjs";
import { watched } from "./support/connections.mjs";
import { verdictOf } from "./support/connection-test.mjs";
import { newSession, setTheStage, stage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

async function allow(calls) {
  const settings = expectJson(await stage.owner.get("/api/admin/settings"));
  expectJson(await stage.owner.change("PUT", "/api/admin/settings", { ...settings, calls }));
}

async function buttonsOf({ page }) {
  const shown = [];
  for (const media of ["audio", "video"]) if (await page.getByTestId(`call-${media}`).count()) shown.push(media);
  return shown.join();
}

callScene("the owner's page switches calls off, to voices, and on again; both pages' buttons follow", async (enter) => {
  const people = await meeting(enter, "Düğmeler");
  const { visitor, agent, room } = people;
  const reads = async (choice, shown) => {
    await agent.page.goto("/admin#settings/calls");
    await agent.get(`calls-${choice}`).click();
    await agent.get("settings-save").click();
    await eventually("the server knows it", async () => expectJson(await stage.owner.get("/api/admin/settings")).calls === choice);
    await agent.page.goto(`/admin#/${room}`);
    await agent.get("composer-input").waitFor();
    await visitor.page.reload();
    await visitor.get("composer-input").waitFor();
    for (const phone of [agent, visitor]) await eventually(`buttons: ${shown}`, async () => (await buttonsOf(phone)) === shown);
  };
  try {
    await reads("off", "");
    await reads("audio", "audio");
    await reads("video", "audio,video");
  } finally {
    await allow("video");
  }
});

callScene("switched off while the page was open: the press is answered in words", async (enter) => {
  const people = await meeting(enter, "Geç Kalan");
  try {
    await allow("off");
    await people.visitor.call("audio");
    assert.match(await people.visitor.refused("off"), /kapalı/i);
  } finally {
    await allow("video");
  }
});

callScene("nobody is there: no buttons; somebody comes: there they are", async (enter) => {
  const visitor = await enter.returning(await newSession({ name: "Yalnız" }), DEVICES);
  await visitor.get("presence-line").first().waitFor();
  assert.equal(await buttonsOf(visitor), "");
  await enter.agent();
  await visitor.get("call-video").waitFor();
});

const NETWORKS = [
  ["direct", "an open network", {}],
  ["relayed", "a network without UDP", { closed: ["udp"] }],
  ["blocked", "a network that lets nothing through", { closed: ["udp", "tcp"] }],
];

for (const [verdict, network, policy] of NETWORKS) {
  callScene(`the agent's test in ${network}: ${verdict}`, async (enter) => {
    const agent = await enter.agent({ ...DEVICES, before: watched(policy) });
    await agent.page.goto("/admin#settings/calls");
    await agent.get("connection-test-start").click();
    const found = await verdictOf(agent.page);
    assert.equal(found.verdict, verdict, found.words);
    assert.match(found.words, { direct: /doğrudan/i, relayed: /aktar/i, blocked: /engel/i }[verdict]);
    const { port } = expectJson(await stage.owner.get("/api/admin/relay"));
    assert.deepEqual(
      (policy.closed ?? []).map((transport) => `${transport.toUpperCase()} ${port}`),
      found.open.match(/(UDP|TCP) \d+/g) ?? [],
    );
  });
}
