import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

const MESSAGES = 240;

setTheStage();

async function longThread(name) {
  const session = await newSession({ name });
  const phone = await visitorSocket(stage.server, session);
  const desk = await agentSocket(stage.server, stage.owner);
  for (let i = 0; i < MESSAGES; i += 1) {
    const words = `satır ${i}${i % 9 === 0 ? "\nbirkaç\nsatırlık" : ""}`;
    if (i % 3) await phone.say(words);
    else await desk.say(words, { room: session.room });
  }
  phone.close();
  desk.close();
  return session;
}

/** Which message is at the top of the view and how far below its edge; after scrolling to `top`, if given. */
const position = (side, top) =>
  side.get("thread").evaluate((box, to) => {
    // In one go with the scrolling, so that nothing can load in between.
    if (to !== undefined) box.scrollTo(0, to);
    const messages = [...box.querySelectorAll("[data-testid=message]")];
    const edge = box.getBoundingClientRect().top;
    const first = messages.find((m) => m.getBoundingClientRect().bottom > edge + 1);
    return { id: Number(first.dataset.id), offset: Math.round(first.getBoundingClientRect().top - edge), count: messages.length };
  }, top);

async function readsBackToTheBeginning(side) {
  const box = side.get("thread");
  await eventually("it opens at the end", () => box.evaluate((b) => b.scrollHeight - b.scrollTop - b.clientHeight < 4));
  for (let loaded = 0; loaded < MESSAGES; ) {
    const before = await position(side, 40);
    await eventually("older messages", async () => (await side.get("message").count()) > before.count);
    const now = await position(side);
    const moved = await box.evaluate((b, id) => {
      return Math.round(b.querySelector(`[data-id="${id}"]`).getBoundingClientRect().top - b.getBoundingClientRect().top);
    }, before.id);
    assert.ok(Math.abs(moved - before.offset) <= 2, `message ${before.id} moved by ${moved - before.offset} px`);
    loaded = now.count;
  }
  const ids = (await side.transcript()).map(([, id]) => id);
  assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
  assert.equal(new Set(ids).size, MESSAGES);
}

scene("a visitor scrolls back to the first word, and nothing jumps", async (enter) => {
  const visitor = await enter.returning(await longThread("Uzun Sohbet"));
  await readsBackToTheBeginning(visitor);
});

scene("so does an agent, on a phone", async (enter) => {
  await longThread("Uzun Telefon");
  const agent = await enter.agent({ size: "phone" });
  await agent.openThread("Uzun Telefon");
  await readsBackToTheBeginning(agent);
});

scene("what comes while one reads further up does not move the page; a button leads to it", async (enter) => {
  const session = await longThread("Yukarıda Okuyan");
  const visitor = await enter.returning(session);
  await visitor.sees(`satır ${MESSAGES - 1}`);
  const middle = await visitor.get("thread").evaluate((b) => b.scrollHeight / 2);
  const before = await position(visitor, middle);
  const desk = await agentSocket(stage.server, stage.owner);
  await desk.say("yeni gelen", { room: session.room });
  const jump = visitor.get("jump-latest");
  await jump.filter({ hasText: "1" }).waitFor();
  const { id, offset } = await position(visitor);
  assert.deepEqual({ id, offset }, { id: before.id, offset: before.offset });
  await jump.click();
  await jump.waitFor({ state: "detached" });
  assert.ok(await visitor.bubble("yeni gelen").isVisible());
});

scene("the page itself never scrolls, only the thread", async (enter) => {
  const session = await longThread("Taşmayan");
  const visitor = await enter.returning(session, { size: "phone" });
  const agent = await enter.agent({ size: "phone" });
  await agent.openThread("Taşmayan");
  for (const side of [visitor, agent]) {
    await side.sees(`satır ${MESSAGES - 1}`);
    const [whole, window] = await side.page.evaluate(() => [document.documentElement.scrollHeight, innerHeight]);
    assert.ok(whole <= window, `the page is ${whole} px high in a window of ${window}`);
  }
});
