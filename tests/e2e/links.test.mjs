// Links to files expire. A page that was open longer asks for new ones, and nobody notices.
import assert from "node:assert/strict";

import { eventually } from "../support/deadline.mjs";
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { sendMessage, sha256, upload } from "../support/uploads.mjs";
import { document, downloadBy, photo } from "./support/files.mjs";
import { VisitorPage } from "./support/pages.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

const YESTERDAY = String(Date.now() - 24 * 60 * 60 * 1000);
/** As if this text had been sent two days ago: links in it are over, and the server would refuse them. */
const aged = (words) => words.replace(/([?&]exp=)\d+/g, `$1${YESTERDAY}`);

async function threadWithFiles(name) {
  const session = await newSession({ name });
  const phone = await visitorSocket(stage.server, session);
  const desk = await agentSocket(stage.server, stage.owner);
  await sendMessage(phone, await upload(stage.server, session, "eski.jpg", photo().buffer));
  await sendMessage(desk, await upload(stage.server, stage.owner, "eski.pdf", document().buffer), { room: session.room });
  await phone.say("dünden beri açık");
  phone.close();
  desk.close();
  return session;
}

async function findsNewLinks(side, asked) {
  await side.sees("dünden beri açık");
  const img = side.get("image-message").locator("img");
  await eventually("the picture is there", () => img.evaluate((it) => it.complete && it.naturalWidth > 0));
  assert.ok(asked() >= 2, "it asked for the messages again");
  assert.doesNotMatch(await img.getAttribute("src"), new RegExp(YESTERDAY));
  const got = await downloadBy(side.page, () => side.get("file-message").click());
  assert.deepEqual(got, { name: "eski.pdf", hash: sha256(document().buffer) });
  assert.equal(await side.get("attachment-broken").count(), 0);
}

scene("the agent's page asks again for links that are over", async (enter) => {
  await threadWithFiles("Eski Sekme");
  const agent = await enter.agent();
  agent.person.forgive(/status of 4(03|10)/);
  let asked = 0;
  await agent.page.route(/\/api\/admin\/sessions\/[^/]+\/messages/, async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    await route.fulfill({ response, body: (asked += 1) === 1 ? aged(body) : body });
  });
  await agent.openThread("Eski Sekme");
  await findsNewLinks(agent, () => asked);
});

scene("so does the visitor's", async (enter) => {
  const session = await threadWithFiles("Eski Telefon");
  const person = await enter.person();
  person.forgive(/status of 4(03|10)/);
  let asked = 0;
  await person.context.routeWebSocket(/\/socket\.io\//, (page) => {
    const server = page.connectToServer();
    page.onMessage((message) => {
      if (/"history"/.test(String(message))) asked += 1;
      server.send(message);
    });
    server.onMessage((message) => page.send(asked < 2 && typeof message === "string" ? aged(message) : message));
  });
  await person.context.addInitScript((identity) => localStorage.setItem("konusma.visitor", JSON.stringify(identity)), session);
  const visitor = new VisitorPage(person);
  await person.page.goto("/");
  await findsNewLinks(visitor, () => asked);
});

scene("a picture whose message is gone says so; one that did not come is asked for again", async (enter) => {
  const session = await threadWithFiles("Kayıp Resim");
  const visitor = await enter.returning(session);
  visitor.person.forgive(/status of (404|500)/);
  let [answer, tries] = [500, 0];
  await visitor.page.route(/\/files\/.*jpg/, (route) => {
    tries += 1;
    return answer ? route.fulfill({ status: answer, body: "" }) : route.continue();
  });
  await visitor.page.reload();
  const broken = visitor.get("attachment-broken");
  await broken.filter({ hasText: "Fotoğraf yüklenemedi" }).waitFor();
  answer = 0;
  await broken.getByRole("button").click();
  const img = visitor.get("image-message").locator("img");
  await eventually("the picture is there", () => img.evaluate((it) => it.complete && it.naturalWidth > 0));
  answer = 404;
  await visitor.page.reload();
  await broken.filter({ hasText: "Bu dosya silinmiş" }).waitFor();
  assert.equal(await broken.getByRole("button").count(), 0);
  assert.ok(tries >= 3);
});
