// A Bot API server (core.telegram.org/bots/api) for tests. It holds every request against the documentation: what is not as
// documented is answered as Telegram would, and kept in `violations`, which a test expects to be empty.
import { once } from "node:events";
import http from "node:http";

import { DEADLINE_MS, within } from "../deadline.mjs";
import { Chat, newUser, Refused } from "./chats.mjs";
import { parseForm } from "./files.mjs";
import { METHODS_DO } from "./methods.mjs";
import { Person } from "./person.mjs";
import { fromForm, METHODS, schemaFaults } from "./schema.mjs";
import { Updates } from "./updates.mjs";

export * as faults from "./faults.mjs";
export { newUser } from "./chats.mjs";

const BODY_MAX = 64 * 1024 * 1024;
/** Between a message's arrival on somebody's phone and what they do about it. Nobody is so fast, but the bot has to be. */
const REACTION_MS = 20;
/** What Telegram says where the documentation was not kept, as far as the words are known. */
const WORDS = {
  "sendMessage text": (v) => (v === undefined || v === "" ? "message text is empty" : "message is too long"),
  "createForumTopic name": (v) => (v ? "TOPIC_TITLE_INVALID" : "topic name must be non-empty"),
  caption: () => "message caption is too long",
  reply_markup: () => "BUTTON_DATA_INVALID",
  chat_id: () => "chat_id is empty",
};

let nextBot = 7_100_000_001;

/** `123456789:` and 35 characters, none of which is like another bot's. */
export function newToken() {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  const secret = Array.from({ length: 33 }, () => letters[Math.floor(Math.random() * letters.length)]).join("");
  return `${nextBot++}:AA${secret}`;
}

export class BotApi {
  /** `{method, parameter?, what, params}` of each request that was not as documented. */
  violations = [];
  /** Every request with the bot's token: `{method, params, files, at, outcome}`; `outcome` says what was done, or how it misbehaved. */
  requests = [];
  /** Every message of the bot that is in a chat now, in order. */
  sent = [];
  chats = new Map();
  files = new Map();
  queries = new Map();
  updates = new Updates();
  commands = [];
  #faults = [];
  #fresh = [];
  #waiting = new Set();
  #asking = new Set();
  #sockets = new Set();
  #nextMessage = 1;

  static async start({ token = newToken(), name = "Dükkân", username = "dukkan_bot", port = 0, host = "127.0.0.1" } = {}) {
    const bot = new BotApi();
    Object.assign(bot, { token, host, port });
    bot.user = { id: Number(token.split(":")[0]), is_bot: true, first_name: name, username };
    await bot.reachable();
    return bot;
  }

  get url() {
    return `http://${this.host}:${this.port}`;
  }

  // ---- there or not ----

  /** The port is closed, and with it every connection. */
  async unreachable() {
    const { server } = this;
    this.server = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    server?.close();
    if (server?.listening) await once(server, "close");
  }

  async reachable() {
    if (this.server) return;
    // A poll of a killed server is no poll: connections are not kept longer than they live.
    this.server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => this.#handle(request, response));
    this.server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    this.server.listen(this.port, this.host);
    await once(this.server, "listening");
    this.port = this.server.address().port;
  }

  stop() {
    return this.unreachable();
  }

  // ---- chats and people ----

  nextMessageId() {
    return this.#nextMessage++;
  }

  #add(chat) {
    this.chats.set(chat.id, chat);
    return chat;
  }

  /** A person's own chat with the bot. `started: false`: Start was not pressed yet. */
  privateChat({ started = true, ...fields } = {}) {
    return this.#add(Chat.private(this, newUser(fields), { started }));
  }

  /** A group; with `forum`, one with topics. `member: false`: the bot is not in it yet. */
  group({ members = [], member = true, admin = true, topics = true, ...fields } = {}) {
    const chat = this.#add(Chat.group(this, fields));
    for (const user of members) chat.members.set(user.id, user);
    chat.bot = { isMember: member, isAdmin: admin, canManageTopics: topics };
    return chat;
  }

  person(chat, user) {
    return new Person(this, chat, user);
  }

  // ---- what the bot did ----

  deliver(delivered) {
    this.sent.push(delivered);
    setTimeout(() => {
      this.#fresh.push(delivered);
      for (const look of [...this.#waiting]) look();
    }, REACTION_MS);
  }

  /** The next delivered message that fits, skipping (and forgetting) none of the others. */
  received(fits = () => true, { ms = DEADLINE_MS, what = fits } = {}) {
    const wanted = typeof fits === "string" ? (m) => m.text.includes(fits) : fits;
    const words = () => `${what} (sent: ${this.sent.slice(-8).map((m) => `${m.method} ${JSON.stringify(m.text.slice(0, 60))}`)}; wrong: ${JSON.stringify(this.violations.slice(-3))})`;
    return this.#next(this.#waiting, () => {
      const at = this.#fresh.findIndex(wanted);
      return at < 0 ? undefined : this.#fresh.splice(at, 1)[0];
    }, ms, words);
  }

  /** The first request of this method that fits, among all there were and will be. */
  asked(method, fits = () => true, { ms = DEADLINE_MS, after = 0 } = {}) {
    const words = () => `${method} (asked: ${this.requests.slice(-12).map((r) => r.method)})`;
    return this.#next(this.#asking, () => this.requests.slice(after).find((r) => r.method === method && fits(r)), ms, words);
  }

  async #next(watchers, take, ms, words) {
    const here = take();
    if (here !== undefined) return here;
    let look;
    const arrival = new Promise((resolve) => {
      look = () => {
        const found = take();
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
    });
    try {
      return await within(arrival, ms, "");
    } catch {
      throw new Error(`not within ${ms} ms: ${words()}`);
    } finally {
      watchers.delete(look);
    }
  }

  /** What was delivered and nobody has asked for yet. */
  get fresh() {
    return [...this.#fresh];
  }

  /** The same, and forgets it. */
  takeFresh() {
    return this.#fresh.splice(0);
  }

  /** Texts delivered to a chat, of all that fit. */
  texts(fits = () => true) {
    return this.sent.filter(fits).map((m) => m.text);
  }

  // ---- misbehaving ----

  /** The next `times` requests of this method (`*`: of any but getUpdates) that fit go wrong in this way. Answers how to end it. */
  misbehave(method, fault, { times = 1, when = () => true } = {}) {
    const one = { method, fault, left: times, when, met: 0 };
    this.#faults.push(one);
    return Object.assign(one, { end: () => (one.left = 0) });
  }

  behave() {
    for (const one of this.#faults) one.left = 0;
    this.#faults = [];
  }

  #faultFor(method, params) {
    const one = this.#faults.find((f) => f.left > 0 && (f.method === method || (f.method === "*" && method !== "getUpdates")) && f.when(params));
    if (!one) return undefined;
    one.left -= 1;
    one.met += 1;
    return one.fault;
  }

  // ---- requests ----

  async #handle(request, response) {
    response.on("error", () => {});
    const gone = new Promise((resolve) => response.on("close", resolve));
    try {
      const path = decodeURIComponent(request.url);
      const download = /^\/file\/bot([^/]+)\/(.+)$/.exec(path);
      if (download) return await this.#download(download[1], download[2], request, response);
      const call = /^\/bot([^/]+)\/(\w+)$/.exec(path);
      const bytes = await bodyOf(request);
      if (!call || !/^\d+:/.test(call[1])) return say(response, 404, { ok: false, error_code: 404, description: "Not Found" });
      if (call[1] !== this.token) return say(response, 401, { ok: false, error_code: 401, description: "Unauthorized" });
      await this.#call(call[2], bytes, request, response, gone);
    } catch (error) {
      // A connection that ended in the middle is no request.
      if (error.code === "ECONNRESET" || error.code === "ERR_STREAM_PREMATURE_CLOSE") return;
      this.violations.push({ method: request.url.replace(this.token, "…"), what: `${error.stack}` });
      if (!response.headersSent) say(response, 400, { ok: false, error_code: 400, description: `Bad Request: ${error.message}` });
    }
  }

  async #call(method, bytes, request, response, gone) {
    const violate = (what, parameter) => this.violations.push({ method, parameter, what, params });
    let params = {};
    let files = {};
    if (request.method !== "POST") violate(`is asked for by ${request.method}`);
    if (!METHODS[method]) {
      violate("is no method of the contract");
      return say(response, 404, { ok: false, error_code: 404, description: "Not Found" });
    }
    const type = request.headers["content-type"] ?? "";
    if (bytes.length > 0) {
      if (/^application\/json\b/.test(type)) params = JSON.parse(bytes.toString());
      else if (/^multipart\/form-data\b/.test(type)) {
        const form = parseForm(type, bytes);
        files = form.files;
        for (const [name, text] of Object.entries(form.fields)) params[name] = fromForm(method, name, text);
      } else violate(`a body of type ${type}`);
    }
    const asked = { method, params, files, at: Date.now(), outcome: "waits" };
    const fault = this.#faultFor(method, params);
    if (fault) asked.outcome = `misbehaves: ${fault.name}`;
    this.requests.push(asked);
    for (const look of [...this.#asking]) look();
    const work = async () => {
      const answer = await this.#work({ bot: this, method, params, files, gone, violate });
      if (!fault) asked.outcome = answer.ok ? "done" : `${answer.error_code} ${answer.description}`;
      return { status: answer.ok ? 200 : answer.error_code, body: JSON.stringify(answer) };
    };
    if (fault) return fault.does(request, response, work);
    const { status, body } = await work();
    if (response.destroyed) return;
    response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  }

  async #work(call) {
    const { method, params, files, violate } = call;
    try {
      const wrong = schemaFaults(method, params, files);
      for (const { parameter, what } of wrong) violate(what, parameter);
      // What is unknown Telegram leaves unread; what is wrong it refuses.
      const refused = wrong.find(({ what }) => what !== "is unknown" && !what.startsWith("is never used"));
      if (refused) {
        const words = WORDS[`${method} ${refused.parameter}`] ?? WORDS[refused.parameter];
        throw new Refused(400, `Bad Request: ${words?.(params[refused.parameter]) ?? `parameter "${refused.parameter}" ${refused.what}`}`);
      }
      const result = await METHODS_DO[method](call);
      return { ok: true, result };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message, parameters } = error;
      return { ok: false, error_code: code, description: message, ...(parameters ? { parameters } : {}) };
    }
  }

  async #download(token, path, request, response) {
    const asked = { method: "file", params: { path }, files: {}, at: Date.now(), outcome: "done" };
    if (token === this.token) this.requests.push(asked);
    const file = [...this.files.values()].find((f) => f.path === path);
    if (token !== this.token || !file) return say(response, 404, { ok: false, error_code: 404, description: "Not Found" });
    const work = async () => ({ status: 200, body: file.bytes });
    const fault = this.#faultFor("file", asked.params);
    if (fault) return fault.does(request, response, work);
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": file.bytes.length });
    response.end(file.bytes);
  }
}

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    parts.push(part);
    size += part.length;
    if (size > BODY_MAX) throw new Error("a body without end");
  }
  return Buffer.concat(parts);
}

function say(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
