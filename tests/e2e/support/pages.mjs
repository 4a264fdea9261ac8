// What people do on the two pages, by the data-testid hooks that assets/js/*/main.tsx promise.
import assert from "node:assert/strict";

import { eventually } from "../../support/deadline.mjs";

class ChatSide {
  constructor(person) {
    this.person = person;
    this.get = (id, within) => person.get(id, within);
  }

  get page() {
    return this.person.page;
  }

  async say(words) {
    await this.get("composer-input").fill(words);
    await this.get("composer-send").click();
  }

  /** The bubble with exactly these words. */
  bubble(words) {
    return this.get("message").filter({ hasText: words });
  }

  async sees(words) {
    await this.bubble(words).waitFor();
  }

  /** Waits until the ticks of one's own message say `state`. */
  async hasState(words, ...states) {
    let state;
    await eventually(`“${words}” is ${states.join(" or ")}`, async () => {
      state = await this.bubble(words).getAttribute("data-state");
      return states.includes(state);
    }).catch((error) => assert.fail(`${error.message}; it is ${state}`));
  }

  /** `[from, id]` of every message on the page, in its order. */
  transcript() {
    return this.get("message").evaluateAll((all) => all.map((m) => [m.dataset.from, Number(m.dataset.id)]));
  }

  texts() {
    return this.get("message").allInnerTexts();
  }

  /** Puts files into the tray by the paperclip. A file is `{name, mimeType, buffer}`. */
  async choose(...files) {
    const chooser = this.page.waitForEvent("filechooser");
    await this.get("attach-button").click();
    await (await chooser).setFiles(files);
    await this.hasTray(...files.map((file) => file.name));
  }

  async hasTray(...names) {
    await eventually(`the tray holds ${names}`, async () => {
      const shown = await this.get("tray-item").evaluateAll((all) => all.map((item) => item.dataset.name));
      return JSON.stringify(shown) === JSON.stringify(names);
    });
  }

  /** Sends what the tray holds; the words go with the first. */
  async sendTray(caption = "") {
    if (caption) await this.get("composer-input").fill(caption);
    await this.get("composer-send").click();
  }

  uploadRow(name) {
    return this.page.locator(`[data-testid="upload-row"][data-name="${name}"]`);
  }

  /** Waits until the clock of the recording has come this far. */
  recorded(seconds) {
    return eventually(`${seconds} s are recorded`, async () => {
      const [minutes, rest] = (await this.get("voice-timer").innerText()).split(":").map(Number);
      return minutes * 60 + rest >= seconds;
    });
  }

  /** Records with the fake microphone; ends in the review. */
  async record(seconds = 2) {
    await this.get("voice-button").click();
    await this.recorded(seconds);
    await this.get("voice-stop").click();
    await this.get("voice-send").waitFor();
  }
}

export class VisitorPage extends ChatSide {
  static async open(person) {
    const page = new VisitorPage(person);
    await person.page.goto("/");
    await page.get("start-form").waitFor();
    return page;
  }

  static async returning(person, session) {
    const page = new VisitorPage(person);
    // Where the page keeps who this is; a changed key would ask for the name and fail here.
    await person.context.addInitScript((identity) => {
      localStorage.setItem("konusma.visitor", JSON.stringify(identity));
    }, session);
    await person.page.goto("/");
    await page.get("composer-input").waitFor();
    return page;
  }

  async introduce(name, email) {
    await this.get("start-name").fill(name);
    if (email) await this.get("start-email").fill(email);
    await this.get("start-submit").click();
    await this.get("composer-input").waitFor();
  }
}

export class AdminPage extends ChatSide {
  static async open(person) {
    const page = new AdminPage(person);
    await person.page.goto("/admin");
    await page.get("search-input").waitFor();
    return page;
  }

  row(name) {
    return this.get("thread-row").filter({ hasText: name });
  }

  async openThread(name) {
    await this.row(name).first().click();
    await this.get("composer-input").waitFor();
  }

  async hasLastLine(name, words) {
    await this.row(name).filter({ hasText: words }).first().waitFor();
  }

  async hasUnread(name, count) {
    await eventually(`${name} has ${count} unread`, async () => {
      const row = this.row(name).first();
      return (await row.count()) > 0 && (await row.getAttribute("data-unread")) === String(count);
    });
  }

  async typeCode(code) {
    await this.get("code-box").first().click();
    await this.page.keyboard.type(code);
  }
}
