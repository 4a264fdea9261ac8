import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { scene, setTheStage } from "./support/stage.mjs";

setTheStage();

scene("the name is asked once; a reload keeps the thread", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Bir Kez");
  await visitor.say("yenilemeden önce");
  await visitor.hasState("yenilemeden önce", "sent", "delivered");
  const before = await visitor.transcript();
  await visitor.page.reload();
  await visitor.sees("yenilemeden önce");
  assert.deepEqual(await visitor.transcript(), before);
  assert.equal(await visitor.get("start-form").count(), 0);
  await visitor.person.newPage();
  await visitor.page.goto("/");
  await visitor.sees("yenilemeden önce");
  assert.equal(await visitor.get("start-form").count(), 0);
});

scene("an unfinished text survives a reload", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Yarım Kalan");
  await visitor.get("composer-input").fill("tam yazıyordum ki");
  await visitor.page.reload();
  await eventually("the draft is back", async () => (await visitor.get("composer-input").inputValue()) === "tam yazıyordum ki");
});

scene("no name: asked again, in words", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.get("start-name").fill("   ");
  await visitor.get("start-submit").click();
  assert.ok((await visitor.get("start-form").getByRole("alert").innerText()).trim());
  assert.equal(await visitor.get("start-name").getAttribute("aria-invalid"), "true");
});

scene("Enter sends, Shift+Enter breaks the line, blank is not sent", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Tuşlar");
  const field = visitor.get("composer-input");
  await field.press("Enter");
  await field.pressSequentially("ilk");
  await field.press("Shift+Enter");
  await field.pressSequentially("ikinci");
  await field.press("Enter");
  await visitor.sees("ilk");
  assert.equal((await visitor.get("message").count()), 1);
  assert.match((await visitor.texts())[0], /ilk\s*\n\s*ikinci/);
  assert.equal(await field.inputValue(), "");
});

for (const [locale, lang, other] of [["tr-TR", "tr", "en"], ["en-GB", "en", "tr"], ["de-DE", "en", "tr"]]) {
  scene(`a browser that speaks ${locale} gets “${lang}”, and can switch for good`, async (enter) => {
    const visitor = await enter.visitor({ locale });
    const language = () => visitor.page.evaluate(() => document.documentElement.lang);
    assert.equal(await language(), lang);
    const words = await visitor.get("start-submit").innerText();
    await visitor.get("language-switch").click();
    await eventually("the language changes", async () => (await language()) === other);
    assert.notEqual(await visitor.get("start-submit").innerText(), words);
    await visitor.page.reload();
    await visitor.get("start-form").waitFor();
    assert.equal(await language(), other);
  });
}

scene("the detector of errors detects", async (enter) => {
  const person = await enter.person();
  await person.page.goto("/");
  await person.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.broken = true";
    document.head.append(script);
  });
  await eventually("the violation is noticed", () => person.errors.some((e) => /Content Security Policy/i.test(e)));
  assert.equal(await person.page.evaluate(() => window.broken), undefined);
  person.forgive(/Content Security Policy/i);
});
