// Sign-in codes by Telegram.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { faults } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, expectProblem, post } from "../support/http.mjs";
import { loginCookie, newAgent, PASSWORD } from "../support/people.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";

let pocket;
let bot;
let ali;
let agent;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
  agent = pocket.listened(await newAgent(pocket.server, "ali", "Ali"));
  const { url } = expectJson(await pocket.change("POST", "/link", undefined, agent));
  ali = bot.person(bot.privateChat({ first_name: "Ali" }));
  ali.starts(new URL(url).searchParams.get("start"));
  await bot.received((m) => m.chat_id === ali.id);
  assert.equal((await pocket.state(agent)).linked, true);
});
after(() => pocket.end());

const login = async () => expectJson(await post(pocket.server, "/api/admin/login", { username: "ali", password: PASSWORD }));
const otp = (challenge, code) => post(pocket.server, "/api/admin/otp", { challenge, code });
const codeIn = (m) => /(?<!\d)(\d{6})(?!\d)/.exec(m.text)?.[1];
const nextCode = async () => {
  const told = await bot.received((m) => m.chat_id === ali.id && codeIn(m), { ms: TOLD_MS, what: "a code" });
  return codeIn(told);
};

check("the code comes to the linked person, and signs in once", async () => {
  const step = await login();
  assert.equal(step.channel, "telegram");
  const code = await nextCode();
  const done = await otp(step.challenge, code);
  assert.equal(done.status, 204, done.text);
  loginCookie(done);
  assert.notEqual((await otp(step.challenge, code)).status, 204, "once");
});

check("the code belongs to its sign-in, and has five tries", async () => {
  const [one, two] = [await login(), await login()];
  const [first, second] = [await nextCode(), await nextCode()];
  if (first !== second) assert.equal((await otp(one.challenge, second)).status, 401, "of another sign-in");
  assert.equal((await otp(two.challenge, second)).status, 204);
  const wrong = first === "000000" ? "111111" : "000000";
  for (let i = 0; i < 5; i += 1) await otp(one.challenge, wrong);
  assert.notEqual((await otp(one.challenge, first)).status, 204, "used up by guessing");
});

check("ten minutes", async () => {
  const step = await login();
  const code = await nextCode();
  await pocket.advance(10 * 60_000 + 1_000);
  assert.notEqual((await otp(step.challenge, code)).status, 204);
});

check("a recovery code goes beside it", async () => {
  const step = await login();
  await nextCode();
  assert.equal((await otp(step.challenge, agent.account.recovery_codes.shift())).status, 204);
});

check("again: a new code for the same sign-in", async () => {
  const step = await login();
  const code = await nextCode();
  assert.equal(expectJson(await post(pocket.server, "/api/admin/otp/resend", { challenge: step.challenge })).channel, "telegram");
  const other = await nextCode();
  assert.equal((await otp(step.challenge, other)).status, 204, `the newest code (the first was ${code === other ? "the same" : "another"})`);
});

check("again, but not at once", async () => {
  const strict = await Pocket.start({ pinned: false, env: { KONUSMA_RATE_LIMITS: undefined } });
  try {
    expectJson(await strict.change("PUT", "/token", { token: strict.bot.token }));
    const { start_url } = await strict.until("waiting", (t) => t.start_url);
    strict.boss.starts(new URL(start_url).searchParams.get("start"));
    await strict.until("linked", (t) => t.linked);
    const { username } = strict.owner.account;
    const step = expectJson(await post(strict.server, "/api/admin/login", { username, password: PASSWORD }));
    assert.equal(step.channel, "telegram");
    const soon = expectProblem(await post(strict.server, "/api/admin/otp/resend", { challenge: step.challenge }), 429, "rate_limited");
    assert.ok(soon.retry_after_ms > 0 && soon.retry_after_ms <= 30_000, JSON.stringify(soon));
  } finally {
    await strict.end();
  }
});

check("when Telegram does not take the code, it is the authenticator's turn", async () => {
  for (const fault of [faults.badGateway(), faults.forbidden(), faults.resetBefore()]) {
    const one = bot.misbehave("sendMessage", fault, { times: 9, when: (p) => p.chat_id === ali.id });
    assert.equal((await login()).channel, "totp", fault.name);
    one.end();
  }
  await bot.unreachable();
  const began = Date.now();
  assert.equal((await login()).channel, "totp");
  assert.ok(Date.now() - began < 7_000, `${Date.now() - began} ms: nobody waits for long`);
  await bot.reachable();
});

check("a Telegram that never answers is not waited for", async () => {
  const one = bot.misbehave("sendMessage", faults.hang(), { times: 9, when: (p) => p.chat_id === ali.id });
  const began = Date.now();
  assert.equal((await login()).channel, "totp");
  assert.ok(Date.now() - began < 8_000, `${Date.now() - began} ms`);
  one.end();
});

check("an agent who is not linked, or no more, gets none", async () => {
  const sent = () => bot.texts((m) => m.chat_id === ali.id && codeIn(m)).length;
  const before = sent();
  const answer = expectJson(await post(pocket.server, "/api/admin/login", { username: pocket.owner.account.username, password: PASSWORD }));
  assert.equal(answer.channel, "totp");
  const refused = await post(pocket.server, "/api/admin/login", { username: "ali", password: "wrong password" });
  expectProblem(refused, 401, "credentials");
  await pocket.change("DELETE", "/link", undefined, agent);
  assert.equal((await login()).channel, "totp");
  assert.equal(sent(), before, "no code after all these");
});

check("a code is in no log and no table", async () => {
  const { url } = expectJson(await pocket.change("POST", "/link", undefined, agent));
  ali.starts(new URL(url).searchParams.get("start"));
  await eventually("linked", async () => (await pocket.state(agent)).linked);
  assert.equal((await login()).channel, "telegram");
  const code = await nextCode();
  assert.ok(!pocket.server.log.some((line) => line.includes(code)), "in the log");
  const rows = await pocket.rows("SELECT hex(token_hash) || coalesce(hex(code_hash), '') AS row FROM challenges");
  assert.ok(!rows.some(({ row }) => row.includes(Buffer.from(code).toString("hex").toUpperCase())), "in the table");
});
