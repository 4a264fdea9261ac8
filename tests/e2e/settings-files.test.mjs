// The owner says in the settings what may be sent; pages and server follow.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { file, kept, send } from "../support/uploads.mjs";
import { photo, text } from "./support/files.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

const TYPES = ["images", "audio", "video", "pdf", "documents", "text", "archives", "other"];

setTheStage();

async function openSettings(enter) {
  const agent = await enter.agent();
  await agent.get("settings-button").click();
  await agent.get("settings-files").click();
  await agent.get("upload-type-images").waitFor();
  return agent;
}

async function turn(agent, on, ...types) {
  for (const type of types) {
    const control = agent.get(`upload-type-${type}`);
    if (((await control.getAttribute("aria-checked")) === "true") !== on) await control.click();
    assert.equal(await control.getAttribute("aria-checked"), String(on));
  }
  const saved = agent.page.waitForResponse((r) => r.url().endsWith("/api/admin/settings") && r.request().method() === "PUT");
  await agent.get("settings-save").click();
  assert.equal((await saved).status(), 200);
}

const accepts = (side) => side.get("attach-input").getAttribute("accept");

async function hasAccept(side, pattern, there) {
  await side.get("attach-button").hover();
  await eventually("the chooser follows", async () => pattern.test((await accepts(side)) ?? "") === there);
}

const refusal = async (session) => (await send(stage.server, session, file("a.jpg", photo().buffer, "image/jpeg"))).status;

scene("pictures off and on again: the switch, the visitor's page, the server", async (enter) => {
  const session = await newSession({ name: "Resimsiz" });
  const visitor = await enter.returning(session);
  visitor.person.forgive(/status of 415/);
  const agent = await openSettings(enter);
  await hasAccept(visitor, /image\//, true);

  await turn(agent, false, "images");
  assert.equal(await refusal(session), 415);
  // A page that was open before: at the latest the server says no, and then the page knows.
  const before = await kept(stage.server);
  await visitor.choose(photo("gec.jpg"));
  await visitor.sendTray();
  const row = visitor.uploadRow("gec.jpg");
  await row.filter({ hasText: /Bu tür dosyalar gönderilemiyor/ }).waitFor();
  await eventually("it does not name pictures among what can be sent", async () => !/fotoğraf/.test(await row.innerText()));
  assert.deepEqual(await kept(stage.server), before);

  await visitor.page.reload();
  await visitor.get("composer-input").waitFor();
  await hasAccept(visitor, /image\//, false);
  await hasAccept(visitor, /\.pdf/, true);
  await visitor.choose(photo("simdi.jpg"));
  await visitor.page.locator('[data-testid="tray-item"][data-state="failed"]').filter({ hasText: /gönderilemiyor/ }).waitFor();

  // The list holds for agents as well, at once.
  await visitor.get("tray-remove").click();
  await visitor.say("yazı gider");
  await visitor.hasState("yazı gider", "sent", "delivered");
  await agent.page.goto("/admin");
  await agent.openThread("Resimsiz");
  await hasAccept(agent, /image\//, false);

  await agent.page.goto("/admin#settings/files");
  await agent.get("upload-type-images").waitFor();
  assert.equal(await agent.get("upload-type-images").getAttribute("aria-checked"), "false");
  await turn(agent, true, "images");
  await visitor.page.reload();
  await hasAccept(visitor, /image\//, true);
  await visitor.choose(photo("sonunda.jpg"));
  await visitor.sendTray();
  await visitor.get("image-message").waitFor();
  assert.equal(await refusal(session), 201);
});

scene("everything off: no paperclip, no microphone, and pasting does nothing bad", async (enter) => {
  const agent = await openSettings(enter);
  await turn(agent, false, ...TYPES);
  const visitor = await enter.visitor();
  await visitor.introduce("Yalnız Yazan");
  await visitor.get("composer-send").waitFor();
  assert.equal(await visitor.get("attach-button").count(), 0);
  assert.equal(await visitor.get("voice-button").count(), 0);
  await turn(agent, true, "audio");
  await visitor.page.reload();
  await visitor.get("voice-button").waitFor();
  await visitor.get("attach-button").waitFor();
  await turn(agent, true, ...TYPES);
  await visitor.page.reload();
  await hasAccept(visitor, /^$/, true);
  await visitor.choose(text("not.txt", 30));
  await visitor.sendTray();
  await visitor.get("file-message").waitFor();
});
