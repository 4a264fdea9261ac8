// SIGKILL at random moments while visitors write, the bot tells, and answers come in from Telegram. Every notice is told at least
// once, and every answer is in its thread exactly once. KONUSMA_KILL_ROUNDS and KONUSMA_KILL_SEED as in kill.test.mjs.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { faults } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually, pause } from "../support/deadline.mjs";
import { newVisitor } from "../support/people.mjs";
import { Pocket } from "../support/telegram.mjs";
import { seeded } from "./random.mjs";
import { Stubborn } from "./stubborn.mjs";

const ROUNDS = Number(process.env.KONUSMA_KILL_ROUNDS ?? 20);
const SEED = Number(process.env.KONUSMA_KILL_SEED ?? 20251125);
const VISITORS = 6;
/** Between two messages of one person. */
const EVERY_MS = 70;
/** How often the owner looks at the phone, and how many messages in a hundred are answered. */
const LOOKS_MS = 40;
const ANSWERED_SHARE = 0.7;
/** Longer than messages are held to be told together, so that kills also fall between a request and its answer. */
const ROUND_MS = 1_600;
/** Back-off after the faults of the last round, and a busy machine. */
const SETTLE_MS = 60_000;

/** Between a request and what it changes on our disk. */
const MOMENT_MS = 8;

/** What may go wrong with a request in a round, beside the kill. */
const TROUBLE = [faults.resetAfter, faults.resetBefore, faults.internal, () => faults.tooMany(1), faults.garbage];

const WORDS = /v(\d+)-(\d+)\./g;
const isHowTo = (m) => m.text.includes("/help");

for (const kind of ["private", "forum"]) {
  describe(`a ${kind}`, () => {
    check(
      `${ROUNDS} kills: no notice is lost, every answer comes exactly once`,
      async () => {
        console.log(`kill: telegram (${kind}), seed ${SEED}, ${ROUNDS} rounds`);
        await Pocket.use({ kind }, (pocket) => story(pocket, seeded(SEED)));
      },
      { timeout: 180_000 + ROUNDS * 8_000 },
    );
  });
}

/** An answer of the owner's is given to the server. */
async function comesIn(pocket, answered) {
  const before = answered();
  await eventually("an answer", () => answered() > before, SETTLE_MS);
  await pocket.bot.asked("getUpdates", () => true, { after: pocket.bot.requests.length - 1, ms: SETTLE_MS });
}

async function story(pocket, random) {
  const { bot, boss } = pocket;
  const visitors = [];
  for (let i = 0; i < VISITORS; i += 1) {
    const visitor = await newVisitor(pocket.server, { name: `Müşteri ${i}` });
    const client = new Stubborn(pocket.server, { auth: { token: visitor.token } });
    visitors.push({ ...visitor, client, said: 0, answers: [] });
  }
  let answered = 0;
  const writing = setInterval(() => {
    const someone = visitors[Math.floor(random() * VISITORS)];
    someone.client.say(`v${visitors.indexOf(someone)}-${someone.said++}.`);
  }, EVERY_MS);
  // By message in Telegram, so that one which the bot refuses in words can be taken back.
  const answers = new Map();
  const answering = setInterval(() => {
    for (const told of bot.takeFresh()) {
      if (isHowTo(told)) {
        const refused = answers.get(told.wantedReply);
        if (refused) refused.isRefused = true;
        continue;
      }
      const who = [...told.text.matchAll(WORDS)].at(-1)?.[1];
      if (who === undefined || random() > ANSWERED_SHARE || !pocket.chat.messages.has(told.id)) continue;
      const text = `cevap ${who} ${(answered += 1)}`;
      const said = boss.says(text, { reply_to: told.id });
      const answer = { who: Number(who), text, isRefused: false };
      answers.set(said.message_id, answer);
      visitors[answer.who].answers.push(answer);
    }
  }, LOOKS_MS);

  let kills = 0;
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (round % 5 === 0) {
        await pause(random() * 50);
      } else {
        const before = bot.sent.length;
        if (round % 3 === 0) bot.misbehave(random() < 0.7 ? "sendMessage" : "getUpdates", TROUBLE[Math.floor(random() * TROUBLE.length)]());
        await eventually(`something is told in round ${round}`, () => bot.sent.length > before, SETTLE_MS);
        if (round % 4 === 0) await pause(random() * ROUND_MS);
        else if (round % 4 === 1) await comesIn(pocket, () => answered);
        else await bot.asked("sendMessage", () => true, { after: bot.requests.length, ms: SETTLE_MS });
        // Now something is half done.
        await pause(random() * MOMENT_MS);
      }
      await pocket.kill();
      kills += 1;
      await pocket.restart();
    }
    clearInterval(writing);
    await eventually("every message is acked", () => visitors.every((v) => v.client.waiting === 0), SETTLE_MS);
    await pocket.emptied(SETTLE_MS);
    await eventually("every answer is taken", () => bot.updates.waiting.length === 0 && bot.fresh.length === 0, SETTLE_MS);
  } finally {
    clearInterval(writing);
    clearInterval(answering);
    for (const { client } of visitors) client.close();
  }

  let repeated = 0;
  let refused = 0;
  for (const [who, { room, said, client, answers: mine }] of visitors.entries()) {
    assert.deepEqual(client.faults, []);
    const told = bot.sent.flatMap((m) => [...m.text.matchAll(WORDS)].filter((w) => Number(w[1]) === who).map((w) => Number(w[2])));
    const first = [...new Set(told)];
    repeated += told.length - first.length;
    assert.deepEqual(first, Array.from({ length: said }, (_, i) => i), `what visitor ${who} said is told, and in order when it is told first`);
    const inThread = (await pocket.owner.transcript(room)).filter((m) => m.from === "agent");
    refused += mine.filter((a) => a.isRefused).length;
    assert.deepEqual(inThread.map((m) => m.text), mine.filter((a) => !a.isRefused).map((a) => a.text), `the answers to visitor ${who}`);
    assert.ok(inThread.every((m) => m.via === "telegram"));
  }
  const all = visitors.reduce((n, v) => n + v.said, 0);
  console.log(`kill: ${kills} kills; ${all} messages told in ${bot.sent.length}, ${repeated} of them twice; ${answered} answers, ${refused} refused in words`);
  assert.ok(answered > ROUNDS && all > ROUNDS, `${answered} answers to ${all} messages: too few to mean something`);
  // Only what was under way when it was killed, or when the answer was lost, may come twice, or be answered too early.
  assert.ok(refused <= kills, `${refused} answers refused in ${kills} kills`);
}
