// What people do with calls on both pages, and what must be left of one when it is over.
import assert from "node:assert/strict";

import { RELAY } from "../../support/server.mjs";
import { eventually } from "../../support/deadline.mjs";
import { watched } from "./connections.mjs";
import { AdminPage } from "./pages.mjs";
import { newSession, scene, stage } from "./stage.mjs";

/** A server whose relay works, for setTheStage. */
export const WITH_RELAY = { env: RELAY };

/** A browser with a microphone and a camera that may be used. */
export const DEVICES = { permissions: ["microphone", "camera"], before: watched() };

/** One page's calls. */
export class Phone {
  constructor(side) {
    Object.assign(this, { side, get: side.get, isAgent: side instanceof AdminPage });
  }

  get page() {
    return this.side.page;
  }

  get panel() {
    return this.get("call-panel");
  }

  async inPhase(...phases) {
    let phase;
    await eventually(`the call is ${phases.join(" or ")}`, async () => {
      phase = (await this.panel.count()) ? await this.panel.getAttribute("data-phase") : "not shown";
      return phases.includes(phase);
    }).catch(async (error) => assert.fail(`${error.message}; it is ${phase}: ${await this.words()}`));
  }

  async words() {
    return (await this.panel.count()) ? this.panel.innerText() : "";
  }

  call(media) {
    return this.get(`call-${media}`).click();
  }

  /** The button of what rings; `act`: accept-audio, accept-video, decline. */
  answer(act) {
    return this.get(`${this.isAgent ? "ring" : "call"}-${act}`);
  }

  rings() {
    return this.answer("decline").waitFor();
  }

  async ringsNoMore() {
    await this.answer("decline").waitFor({ state: "detached" });
  }

  accept(media) {
    return this.answer(`accept-${media}`).click();
  }

  decline() {
    return this.answer("decline").click();
  }

  hangUp() {
    return this.get("call-hangup").click();
  }

  /** How it ended, and the words for it. */
  async ended(reason) {
    await this.inPhase("ended");
    assert.equal(await this.panel.getAttribute("data-reason"), reason);
    return this.words();
  }

  /** Why it did not begin. */
  async refused(fault) {
    await this.inPhase("refused");
    assert.equal(await this.panel.getAttribute("data-fault"), fault);
    return this.words();
  }
}

const phones = new Set();

/** A scene in which no call is left for the next one. */
export function callScene(name, body) {
  return scene(name, async (enter) => {
    phones.clear();
    try {
      await body(enter);
    } finally {
      for (const phone of phones) await putDown(phone);
      await noCallRuns();
    }
  });
}

async function putDown({ page }) {
  if (page.isClosed()) return;
  const press = () => document.querySelector("[data-testid=call-hangup], [data-testid=call-decline], [data-testid=ring-decline]")?.click();
  await page.evaluate(press).catch(() => {});
}

/** Calls of people whose browser is gone end by themselves, at the latest after 20 s. */
async function noCallRuns() {
  await eventually("no call is left", async () => {
    const response = await fetch(`${stage.server.url}/debug/memory`).catch(() => null);
    return !response?.ok || (await response.json()).calls_running === 0;
  }, 25_000);
}

/**
 * A visitor who has written once and an agent, each in a browser with devices, and the visitor's `room`.
 * `open`: the agent reads this thread.
 */
export async function meeting(enter, name, { visitor: his = {}, agent: hers = {}, open = true } = {}) {
  const session = await newSession({ name });
  const visitor = await enter.returning(session, { ...DEVICES, ...his });
  await visitor.say("merhaba");
  const agent = await enter.agent({ ...DEVICES, ...hers });
  await agent.row(name).first().waitFor();
  if (open) await agent.openThread(name);
  await visitor.get("call-audio").waitFor();
  return { visitor: phoneOf(visitor), agent: phoneOf(agent), room: session.room, session };
}

export function phoneOf(side) {
  const phone = new Phone(side);
  phones.add(phone);
  return phone;
}

/** From the press of a button to a running call; answers who called as `caller`. */
export async function connected(people, { by = "visitor", media = "audio", answer = media } = {}) {
  const [caller, callee] = by === "visitor" ? [people.visitor, people.agent] : [people.agent, people.visitor];
  await caller.call(media);
  await callee.rings();
  await callee.accept(answer);
  await Promise.all([caller.inPhase("connected"), callee.inPhase("connected")]);
  return { caller, callee };
}

/** The calls in a thread, as the server keeps them. */
export async function callsOf(room) {
  return (await stage.owner.transcript(room)).filter(({ kind }) => kind === "call");
}

/** The call became one message with these facts; answers it. */
export async function oneLine(room, facts) {
  const [line, ...more] = await eventually("a line in the thread", async () => {
    const lines = await callsOf(room);
    return lines.length > 0 && lines;
  });
  assert.deepEqual(more, []);
  for (const [key, value] of Object.entries(facts)) assert.equal(line.call[key], value, key);
  return line;
}

/** 0:07, in whole seconds as the timer of a call counts them, never nothing. */
export function clock(ms) {
  const seconds = Math.max(1, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A page shows this message; `words`: what stands in it. */
export async function showsLine({ side }, { id }, ...words) {
  const line = side.page.locator(`[data-testid="message"][data-id="${id}"]`);
  for (const one of words) await line.filter({ hasText: one }).waitFor();
}
