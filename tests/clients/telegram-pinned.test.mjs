// Token and chat from the environment: the panel shows them and cannot change them.
import assert from "node:assert/strict";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach } from "node:test";

import { faults, newToken } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectProblem, get } from "../support/http.mjs";
import { command, Server, temporaryDirectory, UNLIMITED } from "../support/server.mjs";
import { refuses } from "../support/startup.mjs";
import { Pocket } from "../support/telegram.mjs";

let pocket;
afterEach(async () => {
  await pocket?.end();
  pocket = undefined;
});

check("what the environment says cannot be changed in the panel", async () => {
  pocket = await Pocket.start();
  const { pinned, chat } = await pocket.state();
  assert.deepEqual([pinned, chat], [{ token: true, chat: true }, { id: pocket.chat.id, title: "Mehmet", kind: "private" }]);
  expectProblem(await pocket.change("PUT", "/token", { token: newToken() }), 409, "pinned");
  expectProblem(await pocket.change("DELETE", ""), 409, "pinned");
  const config = await command(["config", "--data-dir", pocket.server.dir], { env: pocket.env });
  assert.match(config.stdout + config.stderr, /TELEGRAM_BOT_TOKEN/i);
  assert.ok(!(config.stdout + config.stderr).includes(pocket.bot.token.split(":")[1]), "the token is masked");
});

check("a person who has not pressed Start is a fault that Start mends", async () => {
  pocket = await Pocket.start({ started: false, ready: false });
  const visitor = await pocket.visitor();
  await visitor.say("merhaba");
  const { fault } = await pocket.until("not started", (t) => t.fault?.code === "not_started");
  assert.match(`${fault.title} ${fault.fix}`, /Başlat|Start/);
  pocket.boss.starts();
  await pocket.bot.received("merhaba");
  await pocket.until("ready", (t) => t.state === "ready" && !t.fault);
});

check("a token that Telegram does not know does not keep the server from starting", async () => {
  pocket = await Pocket.start({ ready: false });
  const dir = temporaryDirectory();
  const server = await Server.start({ dir, env: { ...pocket.env, TELEGRAM_BOT_TOKEN: newToken() } });
  await server.stop();
});

check("a start without Telegram being there: it comes later", async () => {
  pocket = await Pocket.start({ ready: false });
  await pocket.until("ready", (t) => t.state === "ready");
  await pocket.bot.unreachable();
  await pocket.restart();
  await pocket.until("a fault of the network", (t) => t.fault?.code === "network");
  await (await pocket.visitor()).say("kimse yok mu?");
  await pocket.bot.reachable();
  await pocket.advance(60_000);
  await pocket.bot.received("kimse yok mu?");
});

check("the search for the token finds it, wherever it is and whatever it wears", async () => {
  pocket = await Pocket.start();
  const secret = pocket.bot.token.split(":")[1];
  const planted = path.join(pocket.server.dir, "planted");
  for (const text of [pocket.bot.token, `…${secret}…`, Buffer.from(`x${pocket.bot.token}`).toString("base64"), Buffer.from(secret).toString("hex")]) {
    writeFileSync(planted, text);
    await assert.rejects(pocket.expectTokenNowhere(), /the bot's token is in .*planted/);
  }
  rmSync(planted);
  pocket.server.log.push(`err: https://api.telegram.org/bot${pocket.bot.token}/getMe`);
  await assert.rejects(pocket.expectTokenNowhere(), /the bot's token is in the output/);
  pocket.server.log.pop();
});

check("a check that fails is told, even that of the database itself", async () => {
  const own = await Pocket.start();
  try {
    await own.advance(60_000);
    await own.settled();
    assert.ok(!own.bot.texts().some((t) => t.startsWith("⚠️")), "all is well");
    renameSync(own.server.database, `${own.server.database}.away`);
    await own.advance(60_000);
    const told = await own.bot.received((m) => m.text.startsWith("⚠️"), { what: "a failed check" });
    assert.match(told.text, /⚠️ .{10,}\n.{10,}/, "what is wrong, and what to do");
    await own.advance(60_000);
    const again = () => own.bot.texts().filter((t) => t === told.text).length;
    await eventually("it was looked again", async () => (await get(own.server, "/health")).status === 503);
    assert.equal(again(), 1, "told once");
    assert.deepEqual(own.bot.violations, []);
  } finally {
    own.server.child.kill("SIGKILL");
    await own.server.exited;
    await own.bot.stop();
  }
});

check("a redirect is not followed with the token", async () => {
  pocket = await Pocket.start({ ready: false });
  await pocket.until("ready", (t) => t.state === "ready");
  const elsewhere = await Pocket.start({ ready: false });
  pocket.bot.misbehave("sendMessage", faults.redirect(`${elsewhere.bot.url}/bot${pocket.bot.token}/sendMessage`), { times: 1 });
  await pocket.tells(await pocket.visitor(), "nereye?");
  assert.deepEqual(elsewhere.bot.violations, []);
  assert.equal(elsewhere.bot.requests.filter((r) => r.method === "sendMessage").length, 0);
  await elsewhere.end();
});

check("values that are none are refused at the start, without showing the token", async () => {
  pocket = await Pocket.start({ ready: false });
  const dir = temporaryDirectory();
  const token = newToken();
  for (const [name, value] of [
    ["TELEGRAM_BOT_TOKEN", `${token} x`],
    ["TELEGRAM_BOT_TOKEN", `bot${token}`],
    ["TELEGRAM_ADMIN_CHAT_ID", "mehmet"],
    ["KONUSMA_TELEGRAM_API", "ftp://a.example"],
    ["KONUSMA_TELEGRAM_API", "https://user:pass@a.example"],
    ["KONUSMA_TELEGRAM_API", "https://a.example/path"],
  ]) {
    const env = { ...UNLIMITED, TELEGRAM_BOT_TOKEN: token, [name]: value };
    const said = await refuses(1, name, ["--port", "0", "--data-dir", dir], { env });
    assert.ok(!said.includes(token.split(":")[1]), said);
  }
});
