// Every way a call ends: both sides are told, and the thread keeps one line of it.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { newAgent } from "../support/people.mjs";
import { callScene, callsOf, connected, DEVICES, meeting, oneLine, phoneOf, showsLine, WITH_RELAY } from "./support/calls.mjs";
import { mediaFlows } from "./support/connections.mjs";
import { setTheStage, stage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

/** What the contract gives a side that is gone without a word. */
const RESUME_MS = 20_000;
const RING_MS = 45_000;
const SLACK_MS = 8000;
/** Two clocks and their timers. */
const CLOCKS_MS = 100;

async function ringing(people, { by = "visitor", media = "audio" } = {}) {
  const [caller, callee] = by === "visitor" ? [people.visitor, people.agent] : [people.agent, people.visitor];
  await caller.call(media);
  await callee.rings();
  return { caller, callee };
}

/** The renderer dies: no handler of the page runs, and nobody is told. */
async function crash({ side, page }) {
  side.person.forgive(/crash/i);
  page.goto("chrome://crash").catch(() => {});
  await page.waitForEvent("crash");
}

callScene("declined by the agent: the visitor is told, and may write", async (enter) => {
  const people = await meeting(enter, "Reddedilen");
  const { visitor, agent, room } = people;
  await ringing(people);
  await agent.decline();
  assert.match(await visitor.ended("declined"), /mesaj/i);
  await agent.ringsNoMore();
  const line = await oneLine(room, { caller: "visitor", reason: "declined", duration_ms: 0 });
  await showsLine(visitor, line, "verilmedi");
  await showsLine(agent, line, "reddedildi");
});

callScene("declined by the visitor", async (enter) => {
  const people = await meeting(enter, "Reddeden");
  const { visitor, agent, room } = people;
  await ringing(people, { by: "agent", media: "video" });
  await visitor.decline();
  await agent.ended("declined");
  await visitor.panel.waitFor({ state: "detached" });
  await oneLine(room, { caller: "agent", media: "video", reason: "declined", duration_ms: 0 });
});

callScene("given up by the visitor: missed, and the thread waits for an answer", async (enter) => {
  const people = await meeting(enter, "Vazgeçen", { open: false });
  const { visitor, agent, room } = people;
  await ringing(people);
  await visitor.hangUp();
  await agent.ringsNoMore();
  const line = await oneLine(room, { caller: "visitor", reason: "missed", duration_ms: 0 });
  await agent.side.hasUnread("Vazgeçen", 2);
  await agent.side.hasLastLine("Vazgeçen", "Cevapsız");
  await agent.side.openThread("Vazgeçen");
  await showsLine(agent, line, "ulaşamadı");
  await agent.get("call-back").click();
  await visitor.rings();
  await visitor.accept("audio");
  for (const phone of [visitor, agent]) await mediaFlows(phone);
});

callScene("given up by the agent: the visitor finds a missed call", async (enter) => {
  const people = await meeting(enter, "Aranmış");
  const { visitor, agent, room } = people;
  await ringing(people, { by: "agent" });
  await agent.hangUp();
  await visitor.ringsNoMore();
  const line = await oneLine(room, { caller: "agent", reason: "missed", duration_ms: 0 });
  await showsLine(visitor, line, "ulaşamadı");
});

callScene("the visitor's tab is closed while it rings: nothing rings any more", async (enter) => {
  const people = await meeting(enter, "Kapatan");
  const { visitor, agent, room } = people;
  await ringing(people);
  await visitor.page.close();
  await agent.get("ring-decline").waitFor({ state: "detached", timeout: 8000 + SLACK_MS });
  await oneLine(room, { caller: "visitor", reason: "missed" });
});

for (const who of ["visitor", "agent"]) {
  callScene(`the ${who}'s tab is closed while they talk: the other side is told at once`, async (enter) => {
    const people = await meeting(enter, `Giden ${who}`);
    await connected(people);
    const staying = who === "visitor" ? people.agent : people.visitor;
    await people[who].page.close();
    assert.match(await staying.ended("hangup"), /Görüşme bitti/);
    const line = await oneLine(people.room, { reason: "hangup" });
    assert.ok(line.call.duration_ms > 0);
    await showsLine(staying, line, "Sesli görüşme");
  });
}

/** Both at once: what is tested is how long people wait. */
callScene("left alone: a call that nobody answers was missed, one whose other side's browser dies is lost, each in its time", async (enter) => {
  const zeynep = phoneOf(await enter.agent(DEVICES, await newAgent(stage.server, "zeynep", "Zeynep Ak")));
  const talking = await meeting(enter, "Çöken");
  await connected(talking, { by: "agent" });
  const waiting = await meeting(enter, "Çalan", { open: false });
  const askedAt = Date.now();
  await waiting.visitor.call("audio");
  await zeynep.rings();
  const diesAt = Date.now();
  await crash(talking.visitor);

  const shown = (phone, reason, ms) =>
    phone.page.locator(`[data-testid="call-panel"][data-phase="ended"][data-reason="${reason}"]`).waitFor({ timeout: ms + SLACK_MS });
  await shown(talking.agent, "lost", RESUME_MS);
  assert.ok(Date.now() - diesAt > RESUME_MS - CLOCKS_MS, `${Date.now() - diesAt} ms`);
  const lost = await oneLine(talking.room, { reason: "lost" });
  await showsLine(talking.agent, lost, "bağlantı koptu");

  await shown(waiting.visitor, "missed", RING_MS - (Date.now() - askedAt));
  assert.ok(Date.now() - askedAt > RING_MS - CLOCKS_MS, `${Date.now() - askedAt} ms`);
  await zeynep.ringsNoMore();
  await oneLine(waiting.room, { caller: "visitor", reason: "missed", duration_ms: 0 });
});

callScene("reloaded in the middle: the page asks first, then the call is over for both", async (enter) => {
  const people = await meeting(enter, "Yenileyen");
  const { visitor, agent, room } = people;
  await connected(people);
  const asked = [];
  visitor.page.on("dialog", async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });
  await visitor.page.reload();
  assert.deepEqual(asked, ["beforeunload"]);
  await agent.ended("hangup");
  const line = await oneLine(room, { reason: "hangup" });
  await showsLine(visitor, line, "Sesli görüşme");
  await visitor.get("call-audio").waitFor();
  await visitor.panel.waitFor({ state: "detached" });
  // He is there again, and can be called.
  await agent.get("call-dismiss").click();
  await connected(people, { by: "agent" });
  await mediaFlows(visitor);
  await visitor.hangUp();
  await eventually("two calls", async () => (await callsOf(room)).length === 2);
});

callScene("while one tab of the visitor talks, a second one says so and cannot call", async (enter) => {
  const people = await meeting(enter, "İki Sekme");
  const { visitor, agent, room } = people;
  await connected(people);
  const talking = visitor.page;
  const second = await visitor.side.person.newPage();
  await second.goto("/");
  await visitor.get("call-audio").click();
  assert.match(await visitor.refused("in_call"), /görüşme/i);
  visitor.side.person.page = talking;
  await mediaFlows(visitor);
  await visitor.hangUp();
  await agent.ended("hangup");
  await oneLine(room, { reason: "hangup" });
});
