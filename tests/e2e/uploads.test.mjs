// Files on their way: progress, second thoughts, tunnels.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { Server } from "../support/server.mjs";
import { kept, storedFiles } from "../support/uploads.mjs";
import { NETWORK_GONE } from "./support/browser.mjs";
import { photo, text } from "./support/files.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

/** Takes half a minute at {@link SLOW}: nothing is over before the test has looked. */
const LARGE = 3_000_000;
const SLOW = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 };
const FAST = { ...SLOW, uploadThroughput: -1 };
const BACK_MS = 30_000;

setTheStage();

async function network(side, conditions) {
  side.cdp ??= await side.person.context.newCDPSession(side.page);
  await side.cdp.send("Network.emulateNetworkConditions", conditions);
}

const stateOf = (row) => row.getAttribute("data-state");
const percentOf = async (row) => Number(await row.getByTestId("upload-progress").getAttribute("aria-valuenow"));

/** Sends it so slowly that it is seen; halfway when this returns. */
async function halfway(side, name = "büyük.txt", words) {
  await network(side, SLOW);
  await side.choose(text(name, LARGE));
  await side.sendTray(words);
  const row = side.uploadRow(name);
  await eventually("it is on its way", async () => (await stateOf(row)) === "sending");
  const early = await percentOf(row);
  await eventually("its progress grows", async () => (await percentOf(row)) > early);
  return row;
}

const unfinished = () => storedFiles(stage.server).some((name) => name.startsWith("tmp/"));

scene("cancelled halfway: the row goes, the words come back, the server keeps nothing", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Cayan");
  const before = await kept(stage.server);
  const row = await halfway(visitor, "büyük.txt", "yanına yazdığım");
  await eventually("the server has a part of it", unfinished);
  await row.getByTestId("upload-cancel").click();
  await row.waitFor({ state: "detached" });
  assert.equal(await visitor.get("composer-input").inputValue(), "yanına yazdığım");
  await eventually("the part is gone", () => !unfinished());
  assert.deepEqual(await kept(stage.server), before);
  await network(visitor, FAST);
  await visitor.sendTray();
  await visitor.hasState("yanına yazdığım", "sent", "delivered");
  assert.equal(await visitor.get("message").count(), 1);
  assert.deepEqual(await kept(stage.server), before);
});

scene("so can an agent", async (enter) => {
  const session = await newSession({ name: "Bekleyen Müşteri" });
  const visitor = await enter.returning(session);
  await visitor.say("merhaba");
  const agent = await enter.agent();
  await agent.openThread("Bekleyen Müşteri");
  const before = await kept(stage.server);
  const row = await halfway(agent);
  await eventually("the server has a part of it", unfinished);
  await row.getByTestId("upload-cancel").click();
  await row.waitFor({ state: "detached" });
  await eventually("the part is gone", () => !unfinished());
  assert.deepEqual(await kept(stage.server), before);
});

scene("a page that is left halfway asks first, then leaves nothing either", async (enter) => {
  const visitor = await enter.visitor();
  await visitor.introduce("Ayrılan");
  const before = await kept(stage.server);
  await halfway(visitor);
  await eventually("the server has a part of it", unfinished);
  const asked = [];
  visitor.page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    return dialog.accept();
  });
  await visitor.page.goto("about:blank");
  assert.deepEqual(asked, ["beforeunload"]);
  await eventually("the part is gone", () => !unfinished());
  assert.deepEqual(await kept(stage.server), before);
});

scene("the server goes halfway and comes back: the file is sent by itself, once", async (enter) => {
  const visitor = await enter.visitor();
  visitor.person.forgive(NETWORK_GONE);
  await visitor.introduce("Yarıda Kalan");
  const row = await halfway(visitor, "yarım.txt", "yarıda kalmasın");
  await eventually("the server has a part of it", unfinished);
  const { dir, port } = stage.server;
  await stage.server.kill();
  await eventually("it waits", async () => (await stateOf(row)) === "waiting");
  await row.filter({ hasText: "Bağlantı bekleniyor" }).waitFor();
  await network(visitor, FAST);
  stage.server = await Server.start({ dir, port });
  stage.owner.server = stage.server;
  assert.ok(!unfinished(), "the part did not survive");
  await visitor.bubble("yarıda kalmasın").getByTestId("file-message").waitFor({ timeout: BACK_MS });
  await visitor.hasState("yarıda kalmasın", "sent", "delivered");
  await row.waitFor({ state: "detached" });
  assert.equal(await visitor.get("message").count(), 1);
});

scene("a photo sent without a network shows at once and goes when there is one", async (enter) => {
  const visitor = await enter.visitor();
  visitor.person.forgive(NETWORK_GONE);
  await visitor.introduce("Dağda");
  // The part that sends files is here before the network goes.
  await visitor.choose(photo("zirve.jpg"));
  await visitor.person.context.setOffline(true);
  await visitor.sendTray("zirvedeyim");
  await visitor.uploadRow("zirve.jpg").locator("img").waitFor();
  await visitor.person.context.setOffline(false);
  await visitor.bubble("zirvedeyim").getByTestId("image-message").waitFor({ timeout: BACK_MS });
  await visitor.hasState("zirvedeyim", "sent", "delivered");
});
