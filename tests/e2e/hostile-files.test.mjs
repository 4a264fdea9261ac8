// Files that would run if they could, and names that would lie: in neither page does anything of theirs happen.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { expectJson } from "../support/http.mjs";
import { sha256 } from "../support/uploads.mjs";
import { downloadBy, photo } from "./support/files.mjs";
import { scene, setTheStage, stage } from "./support/stage.mjs";

const PWN = "window.__pwned = 1; top.__pwned = 1; alert(document.domain)";
const HTML = `<!DOCTYPE html><html><body><script>${PWN}</script><img src=x onerror="${PWN}"><meta http-equiv="refresh" content="0;url=javascript:${PWN}"></body></html>`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="${PWN}"><script>${PWN}</script><rect width="40" height="40"/></svg>`;
const EVERYTHING = ["images", "audio", "video", "pdf", "documents", "text", "archives", "other"];

const file = (name, content, mimeType) => ({ name, mimeType, buffer: Buffer.from(content) });

const HOSTILE = [
  file("logo.svg", SVG, "image/svg+xml"),
  file("sayfa.html", HTML, "text/html"),
  file("resim.png", `${HTML}<!-- as a picture -->`, "image/png"),
  file("vektör.jpg", SVG, "image/jpeg"),
  file("x.xml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>${PWN}</script></html>`, "text/xml"),
  file(`<img src=x onerror="${PWN}">.txt`, "masum", "text/plain"),
  file(`"><script>${PWN}<script>.txt`, "masum da", "text/plain"),
  file("fatura_\u202Etxt.lmth", `${HTML}<!-- written backwards -->`, "text/html"),
  file("\u2066gizli\u2069.txt", "yalıtılmış", "text/plain"),
  file(`${"uzun".repeat(60)}.txt`, "upuzun", "text/plain"),
];

setTheStage();

async function allow(types) {
  const settings = expectJson(await stage.owner.get("/api/admin/settings"));
  assert.equal((await stage.owner.change("PUT", "/api/admin/settings", { ...settings, upload_types: types })).status, 200);
}

/** From the page's first moment: dialogs, windows, navigations, violations of the policy. */
async function watched(person) {
  const seen = [];
  await person.context.exposeFunction("reportViolation", (what) => void seen.push(`violation: ${what}`));
  await person.context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (v) => window.reportViolation(`${v.violatedDirective} ${v.blockedURI}`));
  });
  person.page.on("dialog", (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  person.context.on("page", (page) => seen.push(`window: ${page.url()}`));
  await person.page.reload();
  const { pathname } = new URL(person.page.url());
  person.page.on("framenavigated", (frame) => {
    // Our own page keeps its place behind the #.
    if (frame.parentFrame() || new URL(frame.url()).pathname !== pathname) seen.push(`navigation: ${frame.url()}`);
  });
  return async (where) => {
    assert.deepEqual(seen, [], where);
    assert.equal(await person.page.evaluate(() => window.__pwned), undefined, where);
    person.assertNoErrors();
  };
}

scene("the watch sees what it should see", async (enter) => {
  const visitor = await enter.visitor();
  const unharmed = await watched(visitor.person);
  visitor.person.forgive(/Content Security Policy|status of 404/);
  await unharmed("before");
  await visitor.page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.__pwned = 1'><img src='https://evil.example/x.png'>"));
  await eventually("noticed", async () => unharmed("after").then(() => false, () => true));
});

scene("hostile files are cards to be saved, in both pages, and do nothing", async (enter) => {
  await allow(EVERYTHING);
  const visitor = await enter.visitor();
  const visitorUnharmed = await watched(visitor.person);
  await visitor.introduce("Kötü Niyetli");
  await visitor.choose(...HOSTILE);
  await visitorUnharmed("the tray");
  await visitor.sendTray(`<b onmouseover="${PWN}">açıklama</b>`);
  await eventually("all are sent", async () => (await visitor.get("file-message").count()) === HOSTILE.length);

  const agent = await enter.agent();
  const agentUnharmed = await watched(agent.person);
  await agent.row("Kötü Niyetli").first().waitFor();
  await agentUnharmed("the list of threads");
  await agent.openThread("Kötü Niyetli");
  await eventually("all have come", async () => (await agent.get("file-message").count()) === HOSTILE.length);
  assert.equal(await agent.get("image-message").count(), 0);
  await agent.sees(`<b onmouseover="${PWN}">açıklama</b>`);

  const cards = agent.get("file-message");
  for (const [i, { name, buffer }] of HOSTILE.entries()) {
    await cards.nth(i).hover();
    const got = await downloadBy(agent.page, () => cards.nth(i).click());
    assert.equal(got.hash, sha256(buffer), name);
    assert.doesNotMatch(got.name, /[\u0000-\u001f\u202a-\u202e\u2066-\u2069/\\]/, "no control and no direction in the name");
  }
  await agentUnharmed("the conversation");
  await visitor.page.reload();
  await eventually("all are there again", async () => (await visitor.get("file-message").count()) === HOSTILE.length);
  assert.equal(await visitor.page.evaluate(() => window.__pwned), undefined);
  // Nothing of a name lies outside of its card, and nothing reads backwards.
  for (const side of [visitor, agent]) {
    const wider = await side.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `${wider} px too wide`);
    assert.doesNotMatch(await side.get("thread").innerText(), /[\u202a-\u202e]/);
  }
});

scene("a file's link in a tab of its own saves the file; nothing is rendered", async (enter) => {
  await allow(EVERYTHING);
  const visitor = await enter.visitor();
  await visitor.introduce("Bağlantı Açan");
  const some = HOSTILE.slice(0, 4);
  await visitor.choose(...some);
  await visitor.sendTray();
  await eventually("all are sent", async () => (await visitor.get("file-message").count()) === some.length);
  for (const [i, { buffer }] of some.entries()) {
    const url = await visitor.get("file-message").nth(i).evaluate((a) => a.href);
    const tab = await visitor.person.context.newPage();
    const got = await downloadBy(tab, () => tab.goto(url).catch((error) => assert.match(String(error), /Download is starting|ERR_ABORTED/)));
    assert.equal(got.hash, sha256(buffer));
    assert.equal(tab.url(), "about:blank");
    await tab.close();
  }
});

scene("a picture's link shows it in a sandbox without rights; in a page it is no script, style or frame", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Resim Açan");
  await visitor.choose(photo("açık.jpg"));
  await visitor.sendTray();
  await visitor.get("image-message").waitFor();
  await visitor.page.reload();
  const url = await visitor.get("image-message").locator("img").evaluate((img) => img.src);
  const tab = await visitor.person.context.newPage();
  const response = await tab.goto(url);
  const headers = response.headers();
  assert.match(headers["content-security-policy"], /default-src 'none'/);
  assert.match(headers["content-security-policy"], /(^|;)\s*sandbox\s*(;|$)/, "a sandbox that allows nothing");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(headers["content-type"], /^image\/(jpeg|png)$/);
  assert.equal(await tab.evaluate(() => self.origin), "null", "an origin of its own");
  await tab.close();
});
