// Files to take away: what arrives is byte for byte what was sent, in its order and under its name.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { sha256 } from "../support/uploads.mjs";
import { document, downloadBy, photo, text } from "./support/files.mjs";
import { scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

async function meeting(enter, name) {
  const visitor = await enter.visitor();
  await visitor.introduce(name);
  await visitor.say("merhaba");
  const agent = await enter.agent();
  await agent.openThread(name);
  return { visitor, agent };
}

const storedIn = async (agent, name) => stage.owner.transcript(await agent.row(name).first().getAttribute("data-room"));

scene("an agent sends a PDF; the visitor has the same bytes under the same name", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Fatura İsteyen");
  const sent = document("Şubat faturası.pdf");
  await agent.choose(sent);
  await agent.sendTray("Faturanız burada");
  await visitor.sees("Faturanız burada");
  const card = visitor.bubble("Faturanız burada").getByTestId("file-message");
  assert.match(await card.innerText(), /PDF/);
  const got = await downloadBy(visitor.page, () => card.click());
  assert.deepEqual(got, { name: "Şubat faturası.pdf", hash: sha256(sent.buffer) });
  assert.equal(new URL(visitor.page.url()).pathname, "/");
  await card.focus();
  assert.deepEqual(await downloadBy(visitor.page, () => visitor.page.keyboard.press("Enter")), got);
  await visitor.page.reload();
  assert.deepEqual(await downloadBy(visitor.page, () => visitor.get("file-message").click()), got);
});

scene("the visitor sends a PDF without a word; the list of threads has its name", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Belge Yollayan");
  const sent = document("sözleşme.pdf");
  await visitor.choose(sent);
  await visitor.sendTray();
  await agent.get("file-message").waitFor();
  await agent.hasLastLine("Belge Yollayan", "sözleşme.pdf");
  const got = await downloadBy(agent.page, () => agent.get("file-message").click());
  assert.deepEqual(got, { name: "sözleşme.pdf", hash: sha256(sent.buffer) });
});

scene("several at once keep their order, whichever is through first; the words go with the first", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Çok Dosyalı");
  const files = [text("bir.txt", 300_000), photo("iki.jpg"), document("üç.pdf"), text("dört.txt", 10), text("beş.txt", 20)];
  // The first upload is held back until all others are through.
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let [begun, through] = [0, 0];
  await visitor.page.route("**/api/uploads", async (route) => {
    if ((begun += 1) === 1) await gate;
    await route.continue();
  });
  visitor.page.on("response", (response) => {
    if (response.url().endsWith("/api/uploads") && (through += 1) === files.length - 1) open();
  });
  await visitor.choose(...files);
  await visitor.sendTray("hepsi bir arada");
  const names = files.map((file) => file.name);
  await eventually("five on the agent's page", async () => (await agent.get("message").count()) === 1 + names.length);
  const stored = (await storedIn(agent, "Çok Dosyalı")).slice(1);
  assert.deepEqual(stored.map((m) => m.upload.name), names);
  assert.deepEqual(stored.map((m) => m.text), ["hepsi bir arada", ...Array(names.length - 1).fill(undefined)]);
  assert.deepEqual(stored.map((m) => m.kind), ["file", "image", "file", "file", "file"]);
  assert.deepEqual(await agent.transcript(), await visitor.transcript());
  const last = agent.get("message").last().getByTestId("file-message");
  assert.deepEqual(await downloadBy(agent.page, () => last.click()), { name: "beş.txt", hash: sha256(files[4].buffer) });
});

scene("an agent finds a file by its name, its words, and photos by the word", async (enter) => {
  const { visitor, agent } = await meeting(enter, "Aranan Kişi");
  await visitor.choose(document("IĞDIR-teklifi.pdf"));
  await visitor.sendTray("kayısı fiyatları");
  await visitor.choose(photo());
  await visitor.sendTray();
  await eventually("both are there", async () => (await agent.get("message").count()) === 3);
  for (const words of ["ığdır", "kayısı", "fotoğraf"]) {
    await agent.get("search-input").fill(words);
    await agent.row("Aranan Kişi").first().waitFor();
  }
  await agent.get("search-input").fill("bulunmayacak");
  await agent.row("Aranan Kişi").waitFor({ state: "detached" });
});
