// `konusma telegram`: set up from the terminal, beside a running server and without one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { afterEach, beforeEach } from "node:test";

import { BotApi, faults, newToken } from "../support/bot-api/index.mjs";
import { check } from "../support/check.mjs";
import { DEADLINE_MS, within } from "../support/deadline.mjs";
import { newOwner } from "../support/people.mjs";
import { BINARY, command, Server, temporaryDirectory, UNLIMITED } from "../support/server.mjs";

let bot;
let dir;
let server;
let child;
beforeEach(async () => {
  bot = await BotApi.start();
  dir = temporaryDirectory();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  child = undefined;
  await server?.stop();
  server = undefined;
  await bot.stop();
});

const env = () => ({ ...UNLIMITED, KONUSMA_TELEGRAM_API: bot.url });
const start = async () => (server = await Server.start({ dir, env: env() }));
const telegram = (args, options = {}) => command(["telegram", ...args, "--data-dir", dir], { env: env(), ...options });

async function status() {
  const { code, stdout, stderr } = await telegram(["status", "--json"]);
  assert.ok(stdout.startsWith("{"), stderr);
  return { code, ...JSON.parse(stdout) };
}

/** Runs `telegram setup`; `line(pattern)` is the next line that fits. */
function setUp(input = `${bot.token}\n`) {
  child = spawn(BINARY, ["telegram", "setup", "--data-dir", dir], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...env() },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = [];
  const waiting = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      said.push(line);
      for (const look of [...waiting]) look();
    });
  }
  child.stdin.end(input);
  const line = (pattern) => {
    const found = new Promise((resolve) => {
      const look = () => {
        const match = said.map((text) => pattern.exec(text)).find(Boolean);
        if (match) resolve(match);
      };
      waiting.add(look);
      look();
    });
    return within(found, DEADLINE_MS, `${pattern}`).catch((error) => {
      throw new Error(`${error.message}\n${said.join("\n")}`);
    });
  };
  const exited = once(child, "exit").then(([code]) => ({ code, said: said.join("\n") }));
  return { line, end: () => within(exited, DEADLINE_MS, "the end of telegram setup") };
}

/** Start, the test message, its button. */
async function throughStart(setup) {
  await setup.line(/the bot is Dükkân \(@dukkan_bot\)/);
  const [, code] = await setup.line(/https:\/\/t\.me\/dukkan_bot\?start=(\S+)/);
  const ali = bot.person(bot.privateChat({ first_name: "Ali", started: false }));
  ali.starts(code);
  await setup.line(/agents are told in: Ali \(private chat\)/);
  const message = await bot.received((m) => m.button !== undefined, { what: "the test message" });
  await setup.line(/a test message was sent/);
  ali.presses(message.message);
  const { code: exit, said } = await setup.end();
  assert.equal(exit, 0, said);
  assert.match(said, /Ali got it: Telegram is ready/);
  assert.ok(!said.includes(bot.token) && !said.includes(bot.token.split(":")[1]), said);
  assert.deepEqual(bot.violations, []);
  return ali;
}

check("beside a running server", async () => {
  await start();
  await newOwner(server);
  await throughStart(setUp());
  const { code, state, bot: found, chat, test, running } = await status();
  assert.deepEqual([code, state, running, found.username, chat.title, test.by], [0, "ready", true, "dukkan_bot", "Ali", "Ali"]);
});

check("without a server, and the next server goes on with it", async () => {
  await start();
  await newOwner(server);
  await server.stop();
  server = undefined;
  const ali = await throughStart(setUp());
  const alone = await status();
  assert.deepEqual([alone.code, alone.state, alone.running], [0, "ready", false]);
  const asked = bot.requests.length;
  await start();
  await bot.asked("getUpdates", () => true, { after: asked });
  ali.says("/status");
  await bot.received((m) => m.chat_id === ali.chat.id);
});

check("again with the same bot: the chat stays, and only the test is made", async () => {
  await start();
  await newOwner(server);
  const ali = await throughStart(setUp());
  const again = setUp("\n");
  await again.line(/agents are told in: Ali/);
  ali.presses((await bot.received((m) => m.button !== undefined, { what: "the second test message" })).message);
  assert.equal((await again.end()).code, 0);
});

check("a group is chosen by adding the bot with the link", async () => {
  await start();
  await newOwner(server);
  const setup = setUp();
  const [, code] = await setup.line(/https:\/\/t\.me\/dukkan_bot\?startgroup=(\S+)/);
  const group = bot.group({ title: "Dükkân ekibi", forum: true });
  const ali = bot.person(group, { id: 77_001, is_bot: false, first_name: "Ali" });
  ali.says(`/start@dukkan_bot ${code}`);
  await setup.line(/agents are told in: Dükkân ekibi \(group with topics\)/);
  ali.presses((await bot.received((m) => m.button !== undefined)).message);
  assert.equal((await setup.end()).code, 0);
});

check("before there is an owner nobody could be told", async () => {
  await start();
  const { code, stderr } = await telegram(["setup"], { input: `${bot.token}\n` });
  assert.equal(code, 1);
  assert.match(stderr, /no owner yet/);
});

check("without a database there is nothing to connect", async () => {
  const { code, stderr } = await telegram(["setup"], { input: `${bot.token}\n` });
  assert.equal(code, 1);
  assert.match(stderr, /there is no database/);
});

check("what is wrong is said in words, without the token", async () => {
  await start();
  await newOwner(server);
  const wrong = async (input, words) => {
    const { code, stdout, stderr } = await telegram(["setup"], { input: `${input}\n` });
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, words);
    assert.ok(input === "" || !(stdout + stderr).includes(input), stderr);
  };
  await wrong("12345678:hunter2", /that is no bot's token/);
  await wrong("", /that is no bot's token/);
  await wrong(newToken(), /does not know this bot's token/);
  bot.misbehave("getMe", faults.internal());
  await wrong(bot.token, /answers with errors/);
  await bot.unreachable();
  await wrong(bot.token, /cannot be reached.*connection refused/);
  await bot.reachable();
  const { code, state } = await status();
  assert.deepEqual([code, state], [1, "off"], "nothing was kept");
});

check("a key that only the server has is asked for: what another key seals would be of no use to it", async () => {
  const SECRET_KEY = "a key of thirty-two characters and more";
  server = await Server.start({ dir, env: { ...env(), SECRET_KEY } });
  await newOwner(server);
  const { code, stderr } = await telegram(["setup"], { input: `${bot.token}\n` });
  assert.equal(code, 1);
  assert.match(stderr, /give this command the same one/);
  const given = await telegram(["status"], { env: { ...env(), SECRET_KEY } });
  assert.match(given.stdout, /state: +off/, given.stderr);
});

check("status names a fault and what to do", async () => {
  await start();
  await newOwner(server);
  const ali = await throughStart(setUp());
  ali.blocksBot();
  await bot.unreachable();
  const { code, stdout } = await telegram(["status"]);
  assert.equal(code, 1);
  assert.match(stdout, /state: +Telegram cannot be reached\. Check that/);
});
