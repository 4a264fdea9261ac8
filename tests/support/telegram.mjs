// A server with its bot, its owner, and the chat in Telegram where the owner is told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { BotApi, newUser } from "./bot-api/index.mjs";
import { query } from "./database.mjs";
import { eventually } from "./deadline.mjs";
import { expectJson, get, post, request } from "./http.mjs";
import { newOwner, newVisitor } from "./people.mjs";
import { freePort, Server, UNLIMITED } from "./server.mjs";
import { agentSocket, visitorSocket } from "./sockets.mjs";

/** Messages that come within this are told in one. */
export const TOGETHER_MS = 1_000;
/** What several of them may take on a busy machine. */
export const TOLD_MS = 15_000;

export class Pocket {
  /** Bodies of all API answers that agents got, for the search at the end. */
  answers = [];
  sockets = [];
  /** Log lines of servers that were here before. */
  log = [];
  #advanced = 0;

  /**
   * `kind`: of the chat: `private`, `group` or `forum`. `pinned`: token and chat come from the environment, and the bot is
   * ready; without, nothing is set up. `https`: the server has an address that Telegram takes for buttons.
   */
  static async start({ kind = "private", pinned = true, started = true, https = false, env = {}, chat = {}, owner = {}, ready = true } = {}) {
    const pocket = new Pocket();
    pocket.bot = await BotApi.start();
    pocket.user = newUser({ first_name: "Mehmet", username: "mehmet" });
    if (kind === "private") {
      pocket.chat = pocket.bot.privateChat({ first_name: "Mehmet", username: "mehmet", started: pinned && started, ...chat });
      pocket.user = pocket.chat.user;
    } else {
      pocket.chat = pocket.bot.group({ forum: kind === "forum", member: pinned, ...chat });
    }
    pocket.boss = pocket.bot.person(pocket.chat, pocket.user);
    pocket.env = {
      ...UNLIMITED,
      KONUSMA_TELEGRAM_API: pocket.bot.url,
      ...(pinned ? { TELEGRAM_BOT_TOKEN: pocket.bot.token, TELEGRAM_ADMIN_CHAT_ID: String(pocket.chat.id) } : {}),
      ...(https ? { KONUSMA_PUBLIC_URL: "https://sohbet.example" } : {}),
      ...env,
    };
    // With another public address, the ready line does not say the port.
    pocket.server = await Server.start({ env: pocket.env, ...(https ? { port: await freePort() } : {}) });
    pocket.server.url = `http://127.0.0.1:${pocket.server.port}`;
    pocket.owner = pocket.listened(await newOwner(pocket.server, owner));
    if (pinned && ready) await pocket.until("ready", (t) => t.state === "ready");
    return pocket;
  }

  /** For a story that needs one of its own. */
  static async use(options, story) {
    const pocket = await Pocket.start(options);
    let failure;
    try {
      await story(pocket);
    } catch (error) {
      failure = error;
    }
    // What went wrong first is what is told.
    await pocket.end().catch((error) => (failure ??= error));
    if (failure) throw failure;
  }

  /** Notes what this agent is answered. */
  listened(agent) {
    for (const name of ["get", "change"]) {
      const ask = agent[name].bind(agent);
      agent[name] = async (...args) => {
        const response = await ask(...args);
        this.answers.push(response.text);
        return response;
      };
    }
    return agent;
  }

  // ---- the panel ----

  async state(agent = this.owner) {
    return expectJson(await agent.get("/api/admin/telegram"));
  }

  /** The first state of Telegram that fits. */
  until(what, fits, ms = TOLD_MS) {
    let last;
    return eventually(what, async () => {
      last = await this.state();
      return fits(last) && last;
    }, ms).catch((error) => {
      throw new Error(`${error.message}; last: ${JSON.stringify(last)}`);
    });
  }

  change(method, what, json, agent = this.owner) {
    return agent.change(method, `/api/admin/telegram${what}`, json);
  }

  /** Changes some of the settings. */
  async choose(changes) {
    const { settings } = await this.state();
    return expectJson(await this.change("PUT", "/settings", { ...settings, ...changes }));
  }

  // ---- the time ----

  /** All clocks of the server go forward. */
  async advance(ms) {
    const response = await post(this.server, "/debug/clock", { advance_ms: ms });
    assert.equal(response.status, 200, `POST /debug/clock: ${response.status} ${response.text}`);
    this.#advanced += ms;
    return JSON.parse(response.text).now;
  }

  // ---- people ----

  async visitor(name = "Ayşe Yılmaz", fields = {}) {
    const visitor = await newVisitor(this.server, { name, ...fields });
    visitor.socket = await visitorSocket(this.server, visitor);
    visitor.say = (words, rest) => visitor.socket.say(words, rest);
    this.sockets.push(visitor.socket);
    return visitor;
  }

  async desk(agent = this.owner) {
    const socket = await agentSocket(this.server, agent);
    this.sockets.push(socket);
    return socket;
  }

  /** Says something and answers what the bot told of it. */
  async tells(visitor, words, fits = (m) => m.text.includes(words)) {
    await visitor.say(words);
    return this.bot.received(fits, { ms: TOLD_MS, what: `told: ${words}` });
  }

  /** The visitor's newest message of an agent with this text. */
  answered(visitor, words) {
    return visitor.socket.next("message", (m) => m.from === "agent" && m.text === words, TOLD_MS);
  }

  /** Everything that waited is told. */
  async emptied(ms = TOLD_MS) {
    await eventually("nothing waits to be told", async () => {
      const [row] = await query(this.server.database, "SELECT count(*) AS n FROM outbox WHERE failed_at IS NULL");
      return row.n === 0;
    }, ms);
  }

  rows(sql) {
    return query(this.server.database, sql);
  }

  /**
   * A fact that nothing announces: what was to be ignored came first, and this, which is not ignored, behind it has been dealt with.
   */
  async settled() {
    const { update } = this.boss.says("/status");
    await this.bot.updates.confirmed(update);
  }

  // ---- the server ----

  async kill() {
    await this.server.kill();
    this.log.push(...this.server.log);
  }

  async restart({ polite = false, port = this.server.port } = {}) {
    if (polite) {
      await this.server.stop();
      this.log.push(...this.server.log);
    } else if (this.server.child.exitCode === null && this.server.child.signalCode === null) await this.kill();
    this.server = await Server.start({ dir: this.server.dir, port, env: this.env });
    this.owner.server = this.server;
    // The clock of a new process is the machine's again; time does not go back for a test.
    const advanced = this.#advanced;
    this.#advanced = 0;
    if (advanced > 0) await this.advance(advanced);
    return this.server;
  }

  // ---- the end ----

  /** For `after`: every request was as documented, and the token is nowhere. Then all stops. */
  async end() {
    try {
      assert.deepEqual(this.bot.violations.slice(0, 5), [], "requests that are not as the Bot API documents them");
      await this.expectTokenNowhere();
    } finally {
      for (const socket of this.sockets) socket.close();
      await this.server.stop();
      await this.bot.stop();
    }
    // What it says as it goes.
    expectNone(this.bot.token, [["the output", this.server.log.join("\n")]]);
  }

  async expectTokenNowhere() {
    const { server, owner } = this;
    const asked = ["/health", "/api/info", "/debug/memory", "/metrics", "/api/openapi.json"];
    const askedAsAgent = ["/api/admin/telegram", "/api/admin/me", "/api/admin/settings", "/api/admin/logins", "/api/admin/sessions"];
    const plain = await Promise.all(asked.map(async (where) => [where, (await get(server, where)).text]));
    const signedIn = await Promise.all(askedAsAgent.map(async (where) => [where, (await owner.get(where)).text]));
    const unknown = await request(server, "GET", "/api/admin/telegram");
    expectNone(this.bot.token, [
      ...plain,
      ...signedIn,
      ["a refusal", unknown.text],
      ["answers of the API", this.answers.join("\n")],
      ["events", JSON.stringify(this.sockets.map((s) => s.log))],
      ["the output", [...this.log, ...server.log].join("\n")],
      ["messages in Telegram", JSON.stringify(this.bot.sent.map((m) => [m.text, m.button]))],
      ["the dump", execFileSync("sqlite3", ["-readonly", "-cmd", ".timeout 5000", server.database, ".dump"], { encoding: "latin1", maxBuffer: 1 << 30 })],
      ...filesBelow(server.dir),
      ...processOf(server.pid),
    ]);
  }
}

/** The token, its secret half, and both as they look in other clothes. */
function formsOf(token) {
  const secret = token.slice(token.indexOf(":") + 1);
  const base64 = (text, skip) => Buffer.concat([Buffer.alloc(skip), Buffer.from(text)]).toString("base64").slice(skip ? 4 : 0, -4);
  return [secret, ...[0, 1, 2].map((skip) => base64(secret, skip)), Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("hex").toUpperCase(), [...secret].reverse().join("")];
}

function expectNone(token, places) {
  for (const [where, text] of places) {
    for (const form of formsOf(token)) {
      const at = text.indexOf(form);
      assert.ok(at < 0, `the bot's token is in ${where}: …${text.slice(Math.max(0, at - 120), at)}`);
    }
  }
}

function filesBelow(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => [file, read(file)]);
}

function read(file) {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // gone since
  }
}

function processOf(pid) {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  return [
    ["/proc/PID/cmdline", read(`/proc/${pid}/cmdline`)],
    ["/proc/PID/comm", read(`/proc/${pid}/comm`)],
    ...threads.map((id) => [`the name of thread ${id}`, read(`/proc/${pid}/task/${id}/comm`)]),
  ];
}
