import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { pause } from "../support/deadline.mjs";
import { expectJson, expectProblem, get, post } from "../support/http.mjs";
import { finishSetup, loginCookie, newAgent, newOwner, PASSWORD } from "../support/people.mjs";
import { command, Server } from "../support/server.mjs";
import { totp, untilNextCode } from "../support/totp.mjs";

const OTP_TRIES = 5;

let server;
let owner;
let setupToken;
before(async () => {
  server = await Server.start();
  setupToken = await server.setupToken();
});
after(() => server.stop());

const firstStep = (username, password) => post(server, "/api/admin/login", { username, password });
const secondStep = (challenge, code) => post(server, "/api/admin/otp", { challenge, code });

async function challenge(agent) {
  return expectJson(await firstStep(agent.account.username, PASSWORD)).challenge;
}

check("there is no account before the set-up link is used", async () => {
  for (const [username, password] of [["admin", "admin"], ["demo", "demo"], ["owner", ""], ["mehmet", PASSWORD]]) {
    expectProblem(await firstStep(username, password), 401, "credentials");
  }
  expectProblem(await post(server, "/api/admin/setup", { token: "0".repeat(43) }), 410, "link");
});

check("the set-up link shows an authenticator and takes only its code", async () => {
  const offer = expectJson(await post(server, "/api/admin/setup", { token: setupToken }));
  assert.equal(offer.purpose, "owner");
  const { secret, uri, qr } = offer.totp;
  assert.match(secret, /^[A-Z2-7]{16,}=*$/);
  const address = new URL(uri);
  assert.equal(address.protocol, "otpauth:");
  assert.equal(address.searchParams.get("secret"), secret);
  assert.ok(qr.size >= 21 && qr.path.startsWith("M"), "a QR code");
  const again = expectJson(await post(server, "/api/admin/setup", { token: setupToken }));
  assert.equal(again.totp.secret, secret, "a reloaded page shows the same authenticator");

  const fields = { token: setupToken, username: "mehmet", name: "Mehmet", business_name: "Yılmaz", password: PASSWORD };
  const finish = (changed) => post(server, "/api/admin/setup/finish", { ...fields, code: totp(secret), ...changed });
  const wrong = totp(secret) === "000000" ? "111111" : "000000";
  expectProblem(await finish({ code: wrong }), 401, "code");
  for (const [field, value] of [
    ["password", "kisa"],
    ["password", "x".repeat(201)],
    ["username", "M"],
    ["username", "mehmet yilmaz"],
    ["name", ""],
    ["name", "x".repeat(81)],
  ]) {
    const problem = expectProblem(await finish({ [field]: value }), 400, "invalid_field");
    assert.equal(problem.field, field, `${field}: ${value}`);
  }
  expectProblem(await firstStep("mehmet", PASSWORD), 401, "credentials");
});

check("finishing it signs in, once; the link is used up", async () => {
  owner = await finishSetup(server, setupToken, { username: "mehmet", name: "Mehmet", business_name: "Yılmaz" });
  const { recovery_codes } = owner.account;
  assert.equal(new Set(recovery_codes).size, 10);
  for (const code of recovery_codes) assert.match(code, /^[a-z0-9]{4,}-[a-z0-9]{4,}$/);
  const me = await owner.me();
  assert.deepEqual(
    { username: me.username, name: me.name, role: me.role, business_name: me.business_name, demo: me.demo, left: me.recovery_codes_left },
    { username: "mehmet", name: "Mehmet", role: "owner", business_name: "Yılmaz", demo: false, left: 10 },
  );
  assert.deepEqual(me.agents, [{ id: me.id, name: "Mehmet" }]);
  expectProblem(await post(server, "/api/admin/setup", { token: setupToken }), 410, "link");
  const fields = { token: setupToken, username: "kotu", name: "K", business_name: "K", password: PASSWORD, code: totp(owner.account.secret) };
  expectProblem(await post(server, "/api/admin/setup/finish", fields), 410, "link");
});

check("a restart prints no new link once an owner is there", async () => {
  const other = await Server.start();
  const dir = other.dir;
  await newOwner(other);
  await other.stop();
  const again = await Server.start({ dir });
  assert.equal((await get(again, "/health")).status, 200);
  assert.ok(!again.log.some((line) => line.includes("#setup=")), again.logTail());
  await again.stop();
});

check("a wrong name and a wrong password look the same", async () => {
  const [name, password] = [await firstStep("nobody", PASSWORD), await firstStep("mehmet", "wrong password")];
  assert.deepEqual(expectProblem(name, 401, "credentials"), expectProblem(password, 401, "credentials"));
});

check("the code of the set-up cannot be used again; the authenticator's next one can, once", async () => {
  const { secret } = owner.account;
  // The set-up's code may belong to the half minute before; both are spent or too old.
  expectProblem(await secondStep(await challenge(owner), totp(secret, Date.now() - 120_000)), 401, "code");
  await pause(untilNextCode() + 50);
  const code = totp(secret);
  const step = await challenge(owner);
  const done = await secondStep(step, code);
  assert.equal(done.status, 204, done.text);
  expectProblem(await secondStep(step, code), 401, "challenge");
  expectProblem(await secondStep(await challenge(owner), code), 401, "code");
});

check("the password again ends the earlier step: the tries of one cannot be added to those of another", async () => {
  const [first] = [await challenge(owner), await challenge(owner)];
  expectProblem(await secondStep(first, owner.account.recovery_codes[0]), 401, "challenge");
});

check("the set-up's own code is spent by the set-up", async () => {
  const agent = await newAgent(server, "ayla", "Ayla");
  const answer = await secondStep(await challenge(agent), totp(agent.account.secret));
  // Across the turn of a half minute this is a fresh code, which is then rightly taken.
  if (answer.status !== 204 || untilNextCode() < 29_000) expectProblem(answer, 401, "code");
});

check("the login cookie is closed to scripts and to other sites", async () => {
  const done = await secondStep(await challenge(owner), owner.account.recovery_codes.shift());
  assert.equal(done.status, 204, done.text);
  const [cookie] = done.headers["set-cookie"];
  assert.match(cookie, /^konusma=[^;]{22,};/);
  for (const attribute of [/; ?HttpOnly/i, /; ?SameSite=Strict/i, /; ?Path=\//i]) assert.match(cookie, attribute);
  expectJson(await get(server, "/api/admin/me", { cookie: loginCookie(done) }));
});

check("a recovery code works once", async () => {
  const code = owner.account.recovery_codes.shift();
  assert.equal((await secondStep(await challenge(owner), code)).status, 204);
  expectProblem(await secondStep(await challenge(owner), code), 401, "code");
  assert.equal((await owner.me()).recovery_codes_left, owner.account.recovery_codes.length);
});

check(`after ${OTP_TRIES} wrong codes one starts again`, async () => {
  const step = await challenge(owner);
  for (let left = OTP_TRIES - 1; left >= 0; left -= 1) {
    assert.equal(expectProblem(await secondStep(step, "not-it"), 401, "code").tries_left, left);
  }
  expectProblem(await secondStep(step, owner.account.recovery_codes[0]), 401, "challenge");
});

check("a made-up challenge is refused", async () => {
  expectProblem(await secondStep("0".repeat(43), "123456"), 401, "challenge");
});

check("the demo's code is no code here", async () => {
  expectProblem(await secondStep(await challenge(owner), "demo"), 401, "code");
});

check("many sign-ins at once neither hang nor fail otherwise than by saying busy", async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => firstStep("mehmet", "wrong password")));
  for (const answer of answers) {
    if (answer.status === 503) expectProblem(answer, 503, "busy");
    else expectProblem(answer, 401, "credentials");
  }
  assert.ok(answers.some((a) => a.status === 401));
  assert.equal((await get(server, "/health")).status, 200);
});

check("an owner who lost everything gets a way back in on the command line", async () => {
  const agent = await newAgent(server, "kayip", "Kayıp");
  const made = await command(["agent", "login-link", "kayip", "--data-dir", server.dir]);
  assert.equal(made.code, 0, made.stderr);
  const [, token] = /#setup=([^\s&]+)/.exec(made.stdout);
  const offer = expectJson(await post(server, "/api/admin/setup", { token }));
  assert.equal(offer.purpose, "reset");
  assert.equal(offer.username, "kayip");
  assert.notEqual(offer.totp.secret, agent.account.secret);
  const password = "a new password";
  const fields = { token, username: "kayip", name: "Kayıp", password, code: totp(offer.totp.secret) };
  expectJson(await post(server, "/api/admin/setup/finish", fields));
  expectProblem(await firstStep("kayip", PASSWORD), 401, "credentials");
  expectJson(await firstStep("kayip", password));
});
