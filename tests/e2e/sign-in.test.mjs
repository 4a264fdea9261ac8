import assert from "node:assert/strict";
import { after } from "node:test";

import { check } from "../support/check.mjs";
import { eventually, pause } from "../support/deadline.mjs";
import { Agent, PASSWORD } from "../support/people.mjs";
import { totp, untilNextCode } from "../support/totp.mjs";
import { Person } from "./support/browser.mjs";
import { AdminPage } from "./support/pages.mjs";
import { setTheStage, stage } from "./support/stage.mjs";

setTheStage({ owner: false });

// These build on each other as a first day does: the set-up link, the way back in, the list of logins.
let secret;
let codes;
let person;
let page;
after(() => person?.close());

const reads = async (id) => (await page.get(id).innerText()).replace(/\s/g, "");

async function cookieOf(one) {
  const [cookie] = (await one.context.cookies()).filter((c) => c.name.endsWith("konusma"));
  return `${cookie.name}=${cookie.value}`;
}

check("the set-up link leads to an account with an authenticator and recovery codes", async () => {
  person = await Person.open(stage.browser, stage.server);
  page = new AdminPage(person);
  await person.page.goto(`/admin#setup=${await stage.server.setupToken()}`);
  await page.get("setup-business").fill("Yılmaz Çiçekçilik");
  await page.get("setup-name").fill("Mehmet Yılmaz");
  await page.get("setup-username").fill("mehmet");
  await page.get("setup-password").fill(PASSWORD);
  await page.get("setup-next").click();
  await page.get("setup-qr").waitFor();
  assert.ok(!person.page.url().includes("setup="), "the token does not stay in the address");
  await person.screenshot("setup-authenticator-1280-light");
  secret = await reads("setup-secret");
  await page.typeCode(totp(secret));
  await page.get("setup-codes").waitFor();
  await person.screenshot("setup-codes-1280-light");
  codes = await page.get("setup-codes").locator("li").allInnerTexts();
  assert.equal(codes.length, 10);
  assert.ok(await page.get("setup-done").isDisabled(), "first keep the codes");
  await page.get("setup-kept").check();
  await page.get("setup-done").click();
  await page.get("search-input").waitFor();
  person.assertNoErrors();
});

check("the link is used up, and the page says what to do", async () => {
  const other = await Person.open(stage.browser, stage.server);
  other.forgive(/410/);
  await other.page.goto(`/admin#setup=${await stage.server.setupToken()}`);
  await other.get("setup-signin").waitFor();
  other.assertNoErrors();
  await other.close();
});

check("signing out and in again: password, then the authenticator's code", async () => {
  person.forgive(/401/);
  await person.page.goto("/admin");
  const account = new Agent(stage.server, {});
  account.cookie = await cookieOf(person);
  await page.get("logout-button").or(page.get("settings-button")).first().waitFor();
  if (!(await page.get("logout-button").isVisible())) await page.get("settings-button").click();
  await page.get("logout-button").click();
  await page.get("login-username").waitFor();
  assert.equal((await account.get("/api/admin/me")).status, 401);

  await page.get("login-username").fill("mehmet");
  await page.get("login-password").fill("yanlış parola");
  await page.get("login-submit").click();
  await person.page.getByRole("alert").first().waitFor();
  await page.get("login-password").fill(PASSWORD);
  await page.get("login-submit").click();
  await page.get("code-box").first().waitFor();
  // The set-up spent the code of its half minute.
  await pause(untilNextCode() + 50);
  await page.typeCode(totp(secret));
  await page.get("search-input").waitFor();
  person.assertNoErrors();
});

check("a recovery code signs a second browser in; the first one ends it from the list", async () => {
  const phone = await Person.open(stage.browser, stage.server, { size: "phone" });
  phone.forgive(/401/);
  const there = new AdminPage(phone);
  await phone.page.goto("/admin");
  await there.get("login-username").fill("mehmet");
  await there.get("login-password").fill(PASSWORD);
  await there.get("login-submit").click();
  await there.get("code-box").first().waitFor();
  await phone.page.getByRole("button", { name: /kurtarma|yedek/i }).click();
  await there.get("code-input").fill(codes[0]);
  await there.get("code-submit").click();
  await there.get("search-input").waitFor();

  await person.page.goto("/admin");
  await page.get("settings-button").click();
  await page.get("settings-logins").click();
  await page.get("logins-list").waitFor();
  assert.equal(await page.get("login-revoke").count(), 1);
  await page.get("login-revoke").click();
  await there.get("login-username").waitFor();
  await eventually("it is gone from the list", async () => (await page.get("login-revoke").count()) === 0);
  for (const one of [person, phone]) one.assertNoErrors();
  await phone.close();
});
