// A photo gets from one page to the other by every way there is, in the box that its size gives it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";

import { eventually } from "../support/deadline.mjs";
import { temporaryDirectory } from "../support/server.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";
import { inPage, photo } from "./support/files.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

const shown = (side) => side.get("image-message");

async function loaded(image) {
  await image.locator("img").waitFor();
  await eventually("the picture is there", () => image.locator("img").evaluate((img) => img.complete && img.naturalWidth > 0));
}

/** The box on the page has the picture's shape. */
async function hasShape(image, width, height) {
  const box = await image.boundingBox();
  assert.ok(Math.abs(box.width / box.height - width / height) < 0.02, `${box.width} × ${box.height} is not ${width} : ${height}`);
}

/** Both see the one picture. */
async function bothSee(visitor, agent, { width = 640, height = 480 } = {}) {
  for (const side of [visitor, agent]) {
    await loaded(shown(side));
    await hasShape(shown(side), width, height);
    assert.equal(await shown(side).count(), 1);
  }
}

async function meeting(enter, name, options) {
  const visitor = await enter.visitor(options);
  await visitor.introduce(name);
  await visitor.say("bakar mısınız?");
  const agent = await enter.agent();
  await agent.openThread(name);
  return { visitor, agent };
}

scene("by the file chooser: preview, caption, then both pages show it, now and after a reload", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Seçen Hanım");
  await visitor.choose(photo("kirik-parca.jpg"));
  const preview = visitor.get("tray-item");
  assert.equal(await preview.getAttribute("data-state"), "ready");
  await loaded(preview);
  await visitor.sendTray("Bu parça kırıldı");
  await bothSee(visitor, agent);
  assert.equal(await visitor.get("tray").count(), 0);
  assert.equal(await visitor.get("composer-input").inputValue(), "");
  for (const side of [visitor, agent]) {
    await side.bubble("Bu parça kırıldı").getByTestId("image-message").waitFor();
    assert.match(await shown(side).locator("img").getAttribute("alt"), /kirik-parca\.jpg/);
  }
  await agent.hasLastLine("Seçen Hanım", "Bu parça kırıldı");
  await visitor.hasState("Bu parça kırıldı", "read");
  for (const side of [visitor, agent]) await side.page.reload();
  await bothSee(visitor, agent);
  const [message] = (await stage.owner.transcript(await agent.row("Seçen Hanım").getAttribute("data-room"))).slice(-1);
  assert.equal(message.kind, "image");
  assert.deepEqual([message.upload.width, message.upload.height], [640, 480]);
});

scene("by paste, from the real clipboard", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Yapıştıran", { permissions: ["clipboard-read", "clipboard-write"] });
  await visitor.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 150);
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#2a7d5f";
    paper.fillRect(0, 0, 300, 150);
    await navigator.clipboard.write([new ClipboardItem({ "image/png": await canvas.convertToBlob() })]);
  });
  await visitor.get("composer-input").press("Control+v");
  await loaded(visitor.get("tray-item"));
  await visitor.sendTray();
  await bothSee(visitor, agent, { width: 300, height: 150 });
  await agent.hasLastLine("Yapıştıran", "Fotoğraf");
});

scene("text that is pasted stays text", async (enter) => {
  const visitor = await enter.visitor({ permissions: ["clipboard-read", "clipboard-write"] });
  await visitor.introduce("Metin Bey");
  await visitor.page.evaluate(() => navigator.clipboard.writeText("yalnızca söz"));
  await visitor.get("composer-input").press("Control+v");
  assert.equal(await visitor.get("composer-input").inputValue(), "yalnızca söz");
  assert.equal(await visitor.get("tray").count(), 0);
});

scene("by drop, as the browser's own drag brings it: the sheet shows where, then goes", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Bırakan");
  const where = path.join(temporaryDirectory(), "birakilan.jpg");
  writeFileSync(where, photo().buffer);
  const cdp = await visitor.person.context.newCDPSession(visitor.page);
  const box = await visitor.get("thread").boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const drag = (type) => cdp.send("Input.dispatchDragEvent", { type, ...at, data: { items: [], files: [where], dragOperationsMask: 1 } });
  await visitor.get("attach-button").hover();
  await drag("dragEnter");
  await eventually("the sheet", async () => {
    await drag("dragOver");
    return visitor.get("drop-zone").isVisible();
  });
  await drag("drop");
  await visitor.hasTray("birakilan.jpg");
  await visitor.get("drop-zone").waitFor({ state: "detached" });
  await visitor.sendTray();
  await bothSee(visitor, agent);
});

scene("the agent drops and pastes, too", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Alan Kişi");
  const transfer = await inPage(agent.page, [photo("ofis.jpg")]);
  for (const type of ["dragenter", "dragover"]) await agent.get("thread").dispatchEvent(type, { dataTransfer: transfer });
  await agent.get("drop-zone").waitFor();
  await agent.get("thread").dispatchEvent("drop", { dataTransfer: transfer });
  await agent.hasTray("ofis.jpg");
  const pasted = await inPage(agent.page, [photo("pano.jpg", 200, 300)]);
  await agent.get("composer-input").evaluate((field, clipboardData) => {
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, pasted);
  await agent.hasTray("ofis.jpg", "pano.jpg");
  await agent.get("tray-remove").first().click();
  await agent.hasTray("pano.jpg");
  await agent.sendTray();
  await bothSee(visitor, agent, { width: 200, height: 300 });
});

scene("nothing jumps: the box is there before the picture, and stays", async (enter) => {
  const session = await newSession({ name: "Sabit Kutu" });
  const phone = await visitorSocket(stage.server, session);
  const desk = await agentSocket(stage.server, stage.owner);
  const { room } = session;
  for (const [width, height] of [[1200, 900], [400, 1600]]) {
    await sendMessage(phone, await upload(stage.server, session, "a.jpg", photo("a.jpg", width, height).buffer));
    await sendMessage(desk, await upload(stage.server, stage.owner, "b.jpg", photo("b.jpg", height, width).buffer), { room });
  }
  await phone.say("en sonda bu var");
  const agent = await enter.agent();
  const visitor = await enter.returning(session, { size: "phone" });
  for (const side of [visitor, agent]) {
    let open;
    const gate = new Promise((resolve) => (open = resolve));
    await side.page.route(/\/files\//, async (route) => {
      await gate;
      await route.continue();
    });
    if (side === agent) await agent.openThread("Sabit Kutu");
    else await side.page.reload();
    await side.sees("en sonda bu var");
    await eventually("four boxes", async () => (await shown(side).count()) === 4);
    const boxes = () => side.get("message").evaluateAll((all) => all.map((m) => {
      const { x, y, width, height } = (m.querySelector("[data-testid=image-message]") ?? m).getBoundingClientRect();
      return [x, y, width, height].map(Math.round);
    }));
    const images = shown(side).locator("img");
    // Lazily loaded: those in view have asked by now, the others do when they come into view.
    assert.deepEqual(await images.evaluateAll((all) => all.map((img) => img.naturalWidth)), [0, 0, 0, 0]);
    const before = await boxes();
    open();
    await loaded(shown(side).last());
    assert.deepEqual(await boxes(), before);
    for (let i = 0; i < 4; i += 1) {
      await shown(side).nth(i).scrollIntoViewIfNeeded();
      await loaded(shown(side).nth(i));
    }
    const sizes = (all) => all.map(([, , width, height]) => [width, height]);
    assert.deepEqual(sizes(await boxes()), sizes(before));
  }
});

scene("the sender's own box stays, too, from the way up to the message", async (enter) => {
  const visitor = await enter.visitor({ size: "phone" });
  await visitor.introduce("Yerinde Duran");
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  await visitor.page.route("**/api/uploads", async (route) => {
    await gate;
    await route.continue();
  });
  await visitor.choose(photo("yolda.jpg", 800, 600));
  await loaded(visitor.get("tray-item"));
  await visitor.sendTray("yolda");
  const row = visitor.uploadRow("yolda.jpg");
  await row.locator("img").waitFor();
  await visitor.get("upload-progress").waitFor();
  await eventually("the thread has come to rest", () => visitor.get("thread").evaluate((b) => b.scrollHeight - b.scrollTop - b.clientHeight < 4));
  const before = await row.locator(".upload-picture").boundingBox();
  open();
  await loaded(shown(visitor));
  await row.waitFor({ state: "detached" });
  assert.deepEqual(await shown(visitor).boundingBox(), before);
});
