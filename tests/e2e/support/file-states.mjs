// Walks both pages through every state that files and voice notes have; `look(person, state)` is called in each.
import { eventually } from "../../support/deadline.mjs";
import { wav, webm } from "../../support/recordings.mjs";
import { agentSocket, visitorSocket } from "../../support/sockets.mjs";
import { sendMessage, upload } from "../../support/uploads.mjs";
import { inPage, document, painted, photo, text } from "./files.mjs";
import { newSession, stage } from "./stage.mjs";

const MICROPHONE = { permissions: ["microphone"] };
const BROKEN = { name: "hasarlı.jpg", mimeType: "image/jpeg", buffer: photo().buffer.subarray(0, 400) };
const PROGRAM = { name: "kurulum.exe", mimeType: "application/octet-stream", buffer: Buffer.concat([Buffer.from("MZ"), Buffer.alloc(200)]) };

/** A talk with something of every kind, from both sides. */
async function talk(enter, name) {
  const painter = await enter.person();
  await painter.page.goto("/");
  const roses = await painted(painter.page, "gül buketi.jpg", 1600, 1200, 350);
  const tall = await painted(painter.page, "vazo.jpg", 700, 1500, 20);
  const tiny = await painted(painter.page, "etiket.jpg", 90, 40, 220);
  const wide = await painted(painter.page, "tezgâh panoraması.jpg", 2400, 500, 280);
  const session = await newSession({ name, email: "musteri@example.org", page_url: "https://shop.example/guller" });
  const phone = await visitorSocket(stage.server, session);
  const desk = await agentSocket(stage.server, stage.owner);
  const { room } = session;
  const visitorSends = async ({ name: fileName, buffer }, rest) => sendMessage(phone, await upload(stage.server, session, fileName, buffer), rest);
  const agentSends = async ({ name: fileName, buffer }, rest) => sendMessage(desk, await upload(stage.server, stage.owner, fileName, buffer), { room, ...rest });
  await phone.say("Merhaba, geçen haftaki buketten var mı?");
  const { id } = await visitorSends(roses, { text: "Tam olarak bu, kırmızı güllerle" });
  await visitorSends(tiny);
  await desk.say("Var, hemen bakıyorum.", { room });
  await agentSends(tall, { text: "Vazosuyla birlikte böyle" });
  await agentSends(wide);
  await desk.emit("message", { client_id: crypto.randomUUID(), room, text: "Bunu mu dediniz?", reply_to: id });
  await agentSends(document("Fiyat listesi 2026 – kesme çiçek ve saksı, toptan ve perakende (son).pdf"), { text: "Fiyatlar ekte" });
  await visitorSends({ name: "voice-note.webm", buffer: webm(12_000) });
  await agentSends({ name: "voice-note.webm", buffer: webm(4000) });
  await visitorSends({ name: "dükkân müziği.wav", buffer: wav(65_000) });
  await visitorSends(text("adres.txt", 2300));
  phone.close();
  desk.close();
  await painter.close();
  return session;
}

async function everyPictureHere(side) {
  const thread = side.get("thread");
  for (let i = 0; i < (await side.get("image-message").count()); i += 1) {
    const image = side.get("image-message").nth(i);
    await image.scrollIntoViewIfNeeded();
    await eventually("the picture is there", () => image.locator("img").evaluate((img) => img.complete && img.naturalWidth > 0));
  }
  return thread;
}

/** What lies above the field, or stands in for it. */
async function composing(side, look) {
  const { person } = side;
  const rose = await painted(side.page, "gül.jpg", 1200, 900, 340);
  const tulip = await painted(side.page, "lale.jpg", 600, 1000, 50);
  await side.choose(rose, tulip, document("sipariş formu.pdf"), PROGRAM);
  await eventually("both previews", async () => (await side.get("tray-item").locator("img").count()) === 2);
  await side.get("composer-input").fill("İki renk de olur");
  await look(person, "tray");
  await side.get("tray-remove").last().click();

  let open;
  const gate = new Promise((resolve) => (open = resolve));
  await side.page.route("**/api/uploads", async (route) => {
    await gate;
    await route.continue();
  });
  await side.sendTray();
  await side.uploadRow("sipariş formu.pdf").waitFor();
  await eventually("on their way", async () => (await side.uploadRow("gül.jpg").getAttribute("data-state")) === "sending");
  await look(person, "sending");
  open();
  await side.uploadRow("sipariş formu.pdf").waitFor({ state: "detached" });
  await side.page.unroute("**/api/uploads");

  person.forgive(/status of 422/);
  await side.choose(BROKEN);
  await side.sendTray();
  await side.get("upload-retry").waitFor();
  await look(person, "refused");
  await side.get("upload-discard").click();

  await side.get("voice-button").click();
  await side.recorded(1);
  await look(person, "recording");
  await side.get("voice-stop").click();
  await side.get("voice-send").waitFor();
  await look(person, "review");
  await side.get("voice-delete").click();
}

async function reading(side, look) {
  const { person } = side;
  await everyPictureHere(side);
  const captioned = side.bubble("Tam olarak bu").first().getByTestId("image-message");
  await captioned.evaluate((it) => it.scrollIntoView({ block: "start" }));
  await look(person, "pictures");
  const player = side.get("audio-player").nth(0);
  await player.getByTestId("audio-play").click();
  await eventually("it plays", async () => (await player.getAttribute("data-state")) === "playing");
  await player.getByTestId("audio-play").click();
  await player.getByTestId("audio-scrubber").fill("5000");
  await side.get("file-message").last().scrollIntoViewIfNeeded();
  await look(person, "files");
  await captioned.click();
  await eventually("the viewer's picture", () =>
    side.get("viewer").locator("img").last().evaluate((img) => img.complete && img.naturalWidth > 1000),
  );
  await look(person, "viewer");
  await side.page.keyboard.press("Escape");
  await side.get("viewer").waitFor({ state: "detached" });
}

async function broken(side, look) {
  side.person.forgive(/status of (404|500)/);
  await side.page.route(/\/files\//, (route) => route.fulfill({ status: /etiket|vazo/.test(decodeURI(route.request().url())) ? 404 : 500, body: "" }));
  await side.page.reload();
  const gone = side.get("attachment-broken").filter({ hasText: "silinmiş", visible: true });
  await gone.waitFor();
  await gone.scrollIntoViewIfNeeded();
  await look(side.person, "broken");
}

export async function visitorFileStates(enter, view, look) {
  const session = await talk(enter, "Ayşe Demir");
  const visitor = await enter.returning(session, { ...view, ...MICROPHONE });
  await visitor.sees("Fiyatlar ekte");
  await reading(visitor, look);
  await composing(visitor, look);
  await broken(visitor, look);

  const deaf = await enter.returning(session, { ...view, permissions: [] });
  await deaf.get("voice-button").click();
  await deaf.page.getByRole("alert").first().waitFor();
  await look(deaf.person, "no-microphone");
}

export async function agentFileStates(enter, view, look) {
  await talk(enter, "Fatma Kaya");
  await talk(enter, "Ali Vural");
  const agent = await enter.agent({ ...view, ...MICROPHONE });
  await agent.row("Ali Vural").first().waitFor();
  await agent.openThread("Ali Vural");
  await agent.sees("Fiyatlar ekte");
  await reading(agent, look);
  await composing(agent, look);
  await broken(agent, look);
  await agent.page.unroute(/\/files\//);
  await agent.page.goto("/admin");
  await agent.get("search-input").fill("fotoğraf");
  await agent.row("Fatma Kaya").first().waitFor();
  await look(agent.person, "search");
  await agent.page.goto("/admin#settings/files");
  await agent.get("upload-type-images").waitFor();
  await look(agent.person, "settings");
}

/** The sheet goes by itself when nothing is dragged any more: only a quick look sees it. */
export async function dropZone(side, look) {
  const transfer = await inPage(side.page, [photo()]);
  for (const type of ["dragenter", "dragover"]) await side.get("thread").dispatchEvent(type, { dataTransfer: transfer });
  await side.get("drop-zone").waitFor();
  await side.get("thread").dispatchEvent("dragover", { dataTransfer: transfer });
  await look(side.person, "drop");
}
