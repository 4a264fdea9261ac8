// The viewer of pictures, with the mouse and without.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";
import { downloadBy, photo } from "./support/files.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

async function threePictures(name) {
  const session = await newSession({ name });
  const phone = await visitorSocket(stage.server, session);
  for (const [i, words] of ["birinci", "ikinci", "üçüncü"].entries()) {
    const { buffer } = photo(`${words}.jpg`, 300 + 10 * i, 200);
    await sendMessage(phone, await upload(stage.server, session, `${words}.jpg`, buffer), { text: words });
  }
  phone.close();
  return session;
}

const idOf = (side, words) => side.bubble(words).getAttribute("data-id");
const inViewer = (side) => side.get("viewer").getAttribute("data-id");

async function shows(side, words) {
  const id = await idOf(side, words);
  await eventually(`the viewer shows “${words}”`, async () => (await inViewer(side)) === id);
  await eventually("and the picture itself", () =>
    side.get("viewer").locator("img").last().evaluate((img) => img.complete && img.naturalWidth > 0),
  );
}

const focused = (side) => side.page.evaluate(() => document.activeElement?.closest("[data-testid]")?.dataset);

async function walkThrough(side) {
  const second = side.bubble("ikinci").getByTestId("image-message");
  await second.click();
  await shows(side, "ikinci");
  await side.page.keyboard.press("ArrowRight");
  await shows(side, "üçüncü");
  await side.page.keyboard.press("ArrowRight");
  await shows(side, "üçüncü");
  assert.equal(await side.get("viewer-next").getAttribute("aria-disabled"), "true");
  for (const words of ["ikinci", "birinci"]) {
    await side.page.keyboard.press("ArrowLeft");
    await shows(side, words);
  }
  await side.get("viewer-next").click();
  await shows(side, "ikinci");
  await side.page.keyboard.press("Escape");
  await side.get("viewer").waitFor({ state: "detached" });
  const { testid, id } = await focused(side);
  assert.deepEqual([testid, id], ["image-message", await idOf(side, "ikinci")], "the focus is back on the picture");

  // Without the mouse.
  await side.page.keyboard.press("Enter");
  await shows(side, "ikinci");
  await side.page.keyboard.press("Tab");
  assert.ok(await side.page.evaluate(() => document.activeElement.closest("[data-testid=viewer]")), "the focus stays in the viewer");
  await side.get("viewer-close").click();
  await side.get("viewer").waitFor({ state: "detached" });
  assert.equal((await focused(side)).testid, "image-message");
}

scene("the visitor walks through the pictures", async (enter) => walkThrough(await enter.returning(await threePictures("Bakan Ziyaretçi"))));

scene("so does the agent; keys of the panel do nothing meanwhile", async (enter) => {
  await threePictures("Bakılan Ziyaretçi");
  const agent = await enter.agent();
  await agent.openThread("Bakılan Ziyaretçi");
  await walkThrough(agent);
  await agent.bubble("birinci").getByTestId("image-message").click();
  await shows(agent, "birinci");
  for (const key of ["e", "/", "j"]) await agent.page.keyboard.press(key);
  await shows(agent, "birinci");
  assert.equal(await agent.get("confirm-button").count(), 0);
  await agent.page.keyboard.press("Escape");
  await agent.get("close-button").waitFor();
});

scene("a picture is saved from the viewer under its name", async (enter) => {
  const visitor = await enter.returning(await threePictures("İndiren"));
  await visitor.bubble("birinci").getByTestId("image-message").click();
  await shows(visitor, "birinci");
  const { name } = await downloadBy(visitor.page, () => visitor.get("viewer-download").click());
  assert.equal(name, "birinci.jpg");
});
