// Telegram is away for an hour: the chat does not feel it, memory stays bounded, and afterwards everything is told in order.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { residentKib } from "../support/memory.mjs";
import { Pocket } from "../support/telegram.mjs";

const VISITORS = 8;
/** Of each visitor in each half of a measurement. */
const EACH = 25;
const PASSES = 2;
const HOUR_MS = 3_600_000;
/** What a queue of some thousand rows may add to the whole. */
const GROWTH_KIB = 16 * 1024;

let pocket;
let bot;
let visitors;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
  visitors = await Promise.all(Array.from({ length: VISITORS }, (_, i) => pocket.visitor(`Müşteri ${i}.`)));
});
after(() => pocket.end());

const said = [];

/** Everybody writes, one message after the other; the milliseconds of each ack. `between`: what else happens meanwhile. */
async function talk(between = () => {}) {
  const times = [];
  await Promise.all(
    visitors.map(async (visitor, who) => {
      for (let i = 0; i < EACH; i += 1) {
        const words = `n${said.length}`;
        said.push({ who, words });
        const began = performance.now();
        await visitor.say(words);
        times.push(performance.now() - began);
        if (who === 0) await between(i);
      }
    }),
  );
  return times;
}

const p99 = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)];

check("an hour without Telegram", async () => {
  await talk();
  await pocket.emptied(60_000);
  const idleKib = residentKib(pocket.server.pid);
  const [withBot, withoutBot] = [[], []];
  for (let pass = 0; pass < PASSES; pass += 1) {
    withBot.push(...(await talk()));
    await pocket.emptied(60_000);
    await bot.unreachable();
    withoutBot.push(...(await talk((i) => i % 5 === 4 && pocket.advance(HOUR_MS / PASSES / 5))));
    if (pass < PASSES - 1) {
      await bot.reachable();
      await pocket.advance(60_000);
      await pocket.emptied(60_000);
    }
  }
  const state = await pocket.until("the fault is seen", (t) => t.fault?.code === "network");
  const fullKib = residentKib(pocket.server.pid);
  const ratio = p99(withoutBot) / p99(withBot);
  console.log(
    `telegram unreachable: ack p99 ${p99(withBot).toFixed(1)} ms with, ${p99(withoutBot).toFixed(1)} ms without, ratio ${ratio.toFixed(2)}; ` +
      `RSS ${idleKib} → ${fullKib} KiB; ${state.queue.waiting} waited`,
  );
  assert.ok(ratio < 3, `p99 ${ratio.toFixed(2)} times as long`);
  assert.ok(fullKib - idleKib < GROWTH_KIB, `RSS grew from ${idleKib} to ${fullKib} KiB`);
  assert.ok(state.queue.waiting > 0 && state.failed.length === 0, JSON.stringify(state.queue));

  await bot.reachable();
  await pocket.advance(60_000);
  await pocket.emptied(60_000);
  const lines = bot.texts().flatMap((text) => {
    const who = Number(/Müşteri (\d+)\./.exec(text)?.[1]);
    return [...text.matchAll(/(?<!\w)n(\d+)(?!\w)/g)].map(([words]) => ({ who, words }));
  });
  for (let who = 0; who < VISITORS; who += 1) {
    const mine = (list) => list.filter((l) => l.who === who).map((l) => l.words);
    assert.deepEqual(mine(lines), mine(said), `what was told of visitor ${who}, in order and once`);
  }
  await pocket.until("ready", (t) => t.queue.waiting === 0 && !t.fault, 40_000);
});

check("a visitor who writes without end fills no disk and no phone: some are counted instead", async () => {
  await bot.unreachable();
  const flood = await pocket.visitor("Sel Selda");
  for (let i = 0; i < 600; i += 25) await Promise.all(Array.from({ length: 25 }, (_, k) => flood.say(`f${i + k}`)));
  const rows = await pocket.rows(`SELECT count(*) AS n FROM outbox o JOIN chat_sessions s ON s.id = o.chat_session_id WHERE s.room = '${flood.room}'`);
  assert.ok(rows[0].n <= 520, `${rows[0].n} rows`);
  await bot.reachable();
  await pocket.advance(60_000);
  await eventually("the end is told", async () => (await pocket.state()).queue.waiting === 0, 30_000);
  const told = bot.texts((m) => m.text.includes("Sel Selda"));
  const counted = told.map((t) => Number(/(\d+) (mesaj daha|more messages)/.exec(t)?.[1] ?? 0)).reduce((a, b) => a + b, 0);
  const lines = told.flatMap((t) => [...t.matchAll(/(?<!\w)f\d+(?!\w)/g)].map((m) => m[0]));
  assert.equal(new Set(lines).size, lines.length, "none twice");
  assert.equal(lines.length + counted, 600, `${lines.length} told and ${counted} counted`);
});
