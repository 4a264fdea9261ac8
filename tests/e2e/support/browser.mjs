// Debian's Chromium, and people in it: one context each, watched for every error a person with open developer tools would see.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";

import { chromium } from "playwright-core";

import { TARGET } from "../../support/server.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A microphone that beeps; who may use it says the context.
  "--use-fake-device-for-media-stream",
];

export const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };
export const THEMES = ["light", "dark"];

const SCREENSHOTS = path.join(TARGET, "screenshots");

function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], { encoding: "utf8" }).trim();
}

export function launch(more = []) {
  return chromium.launch({ executablePath: executable(), args: [...FLAGS, ...more] });
}

/** One person's browser window. */
export class Person {
  errors = [];
  #forgiven = [];

  static async open(browser, server, { size = "desk", theme = "light", locale = "tr-TR", cookie, permissions, before } = {}) {
    const person = new Person();
    person.server = server;
    person.context = await browser.newContext({
      viewport: SIZES[size],
      colorScheme: theme,
      locale,
      timezoneId: "Europe/Istanbul",
      hasTouch: size === "phone",
      // Still pictures, and nothing to wait for; that the wish is honoured is tested where it belongs.
      reducedMotion: "reduce",
      baseURL: server.url,
      permissions,
    });
    if (cookie) {
      const [name, value] = cookie.split("=");
      await person.context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: "Strict" }]);
    }
    // Runs in each page before the page's own scripts.
    if (before) await person.context.addInitScript(before);
    person.context.setDefaultTimeout(10_000);
    await person.newPage();
    return person;
  }

  async newPage() {
    this.page = await this.context.newPage();
    // Chromium reports each violation of the Content-Security-Policy as an error on the console, too.
    this.page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.errors.push(`${message.text()} (${message.location().url})`);
    });
    this.page.on("pageerror", (error) => this.errors.push(String(error.stack ?? error)));
    return this.page;
  }

  /** What a test causes on purpose, such as a dead network. */
  forgive(pattern) {
    this.#forgiven.push(pattern);
  }

  assertNoErrors() {
    assert.deepEqual(this.errors.filter((text) => !this.#forgiven.some((p) => p.test(text))), []);
  }

  /** By data-testid, in `within` or anywhere. */
  get(id, within = this.page) {
    return within.getByTestId(id);
  }

  async screenshot(name) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), caret: "hide" });
  }

  /** Says what happened if it did not end well: a picture and the errors. */
  async onFailure(name) {
    await this.screenshot(`failed ${name}`.replace(/[^\p{L}\p{N}]+/gu, "-")).catch(() => {});
    if (this.errors.length) console.error(`console of ${this.page.url()}:\n${this.errors.join("\n")}`);
  }

  close() {
    return this.context.close();
  }
}

/** What Chromium itself writes on the console when the network is gone; no page can prevent it. */
export const NETWORK_GONE =
  /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED|ERR_NETWORK_CHANGED|WebSocket connection to/;
