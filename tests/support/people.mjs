// The two kinds of people: a visitor has a token, an agent has a signed-in browser.
import assert from "node:assert/strict";

import { expectJson, get, post, request } from "./http.mjs";
import { command } from "./server.mjs";
import { totp } from "./totp.mjs";

export const PASSWORD = "correct horse battery staple";

export async function newVisitor(server, fields = {}) {
  return expectJson(await post(server, "/api/session", { name: "Ayşe Yılmaz", ...fields }), 201);
}

/** `name=value` of the login cookie, as a browser would send it back. */
export function loginCookie(response) {
  const cookie = (response.headers["set-cookie"] ?? []).find((c) => /^(__Host-)?konusma=/.test(c));
  assert.ok(cookie, "a login cookie");
  return cookie.split(";")[0];
}

export class Agent {
  constructor(server, account) {
    Object.assign(this, { server, account });
  }

  get(path) {
    return get(this.server, path, { cookie: this.cookie });
  }

  /** A request that changes something, as our own page sends it. */
  async change(method, path, json) {
    this.csrf ??= expectJson(await this.get("/api/csrf")).token;
    const headers = { Origin: this.server.url };
    return request(this.server, method, path, { json, cookie: this.cookie, csrf: this.csrf, headers });
  }

  async thread(room) {
    return expectJson(await this.get(`/api/admin/sessions/${room}`));
  }

  async patch(room, fields) {
    return expectJson(await this.change("PATCH", `/api/admin/sessions/${room}`, fields));
  }

  /** The whole thread, page by page. */
  async transcript(room) {
    const messages = [];
    for (;;) {
      const after = messages.at(-1)?.id ?? 0;
      const page = expectJson(await this.get(`/api/admin/sessions/${room}/messages?after=${after}&limit=100`));
      messages.push(...page.messages);
      if (!page.more) return messages;
    }
  }

  async me() {
    return expectJson(await this.get("/api/admin/me"));
  }
}

/** Opens a one-time link, proves the authenticator and ends signed in. `code` overrides the right one. */
export async function finishSetup(server, token, { username = "mehmet", name = "Mehmet", business_name, code } = {}) {
  const offer = expectJson(await post(server, "/api/admin/setup", { token }));
  const fields = { token, username, name, password: PASSWORD, code: code ?? totp(offer.totp.secret) };
  if (offer.purpose === "owner") fields.business_name = business_name ?? "Yılmaz Çiçekçilik";
  const done = await post(server, "/api/admin/setup/finish", fields);
  const { recovery_codes } = expectJson(done);
  const agent = new Agent(server, { username, name, secret: offer.totp.secret, recovery_codes });
  agent.cookie = loginCookie(done);
  return agent;
}

export async function newOwner(server, fields) {
  return finishSetup(server, await server.setupToken(), fields);
}

/** A second person on the desk, invited as an owner would: on the command line, while the server runs. */
export async function newAgent(server, username, name) {
  const added = await command(["agent", "add", username, "--data-dir", server.dir]);
  assert.equal(added.code, 0, added.stderr);
  const link = /#setup=([^\s&]+)/.exec(added.stdout);
  assert.ok(link, `a one-time link in: ${added.stdout}`);
  return finishSetup(server, link[1], { username, name });
}

/**
 * One more browser of the same agent. Uses up a recovery code, because the authenticator's code of this half minute
 * was spent on the set-up and may not be used twice.
 */
export async function signInAgain(agent) {
  const { username, recovery_codes } = agent.account;
  const step = expectJson(await post(agent.server, "/api/admin/login", { username, password: PASSWORD }));
  const done = await post(agent.server, "/api/admin/otp", { challenge: step.challenge, code: recovery_codes.shift() });
  assert.equal(done.status, 204, done.text);
  const again = new Agent(agent.server, agent.account);
  again.cookie = loginCookie(done);
  return again;
}
