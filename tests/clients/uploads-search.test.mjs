import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { query } from "../support/database.mjs";
import { eventually } from "../support/deadline.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { png } from "../support/pictures.mjs";
import { webm } from "../support/recordings.mjs";
import { Server } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { sendMessage, upload } from "../support/uploads.mjs";

let server;
let owner;
const people = {};

async function sends(who, name, bytes, rest) {
  const visitor = await newVisitor(server, { name: who });
  const phone = await visitorSocket(server, visitor);
  const ack = await sendMessage(phone, await upload(server, visitor, name, bytes), rest);
  assert.equal(ack.ok, true, JSON.stringify(ack));
  phone.close();
  people[who] = { ...visitor, last: ack.id };
}

before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  const other = await newVisitor(server, { name: "Yalnız Yazan" });
  await (await visitorSocket(server, other)).say("Merhaba, yarın gelir mi?");
  await sends("Zeynep", "IMG_2041 Kırık Vazo.png", png());
  await sends("Ahmet", "kayıt-7.webm", webm());
  await sends("Burcu", FILE, pdf(), { text: CAPTION });
});
after(() => server.stop());

async function found(q) {
  const page = expectJson(await owner.get(`/api/admin/sessions?status=all&q=${encodeURIComponent(q)}`));
  return Object.fromEntries(page.sessions.map((s) => [s.name, s.hit]));
}

const CAPTION = "Sözleşmenin imzalı hâli";
const FILE = "Teklif_Şubat.v2.pdf";
/** What is looked for, whose it is, and the words that show it: of a hit by its kind either will do. */
const LOOKS = [
  ...["photo", "image", "picture", "foto", "fotoğraf", "fotograf", "FOTOĞRAF", "resim", "RESİM", "görsel", "gorsel"].map((q) => [q, "Zeynep", "IMG_2041 Kırık Vazo.png"]),
  ...["voice", "audio", "ses", "sesli", "SES"].map((q) => [q, "Ahmet", "kayıt-7.webm"]),
  ...["file", "document", "dosya", "belge"].map((q) => [q, "Burcu", [CAPTION, FILE]]),
  ...["kırık vazo", "kirik", "IMG_2041", "vazo.png", "2041"].map((q) => [q, "Zeynep", "IMG_2041 Kırık Vazo.png"]),
  ...["kayıt", "kayit-7"].map((q) => [q, "Ahmet", "kayıt-7.webm"]),
  ...["imzali", "sözleşme"].map((q) => [q, "Burcu", CAPTION]),
  ...["teklif", "subat", "TEKLİF_ŞUBAT"].map((q) => [q, "Burcu", [CAPTION, FILE]]),
];

function everyLook(when) {
  for (const [q, who, text] of LOOKS) {
    check(`${when}: “${q}” finds ${who}'s`, async () => {
      const hits = await found(q);
      assert.deepEqual(Object.keys(hits), [who]);
      assert.ok([text].flat().includes(hits[who].text), hits[who].text);
      assert.equal(hits[who].message_id, people[who].last);
    });
  }
}

everyLook("at once");

check("the index catches up", async () => {
  const indexed = async () => {
    const [row] = await query(server.database, "SELECT value FROM settings WHERE name = 'search_indexed_up_to'");
    return row && Number(row.value) >= people.Burcu.last;
  };
  await eventually("the index is as far as the last message", indexed, 40_000);
});

everyLook("from the index");

check("a word of a kind and a word of the name together", async () => {
  assert.deepEqual(Object.keys(await found("foto vazo")), ["Zeynep"]);
  assert.deepEqual(Object.keys(await found("belge vazo")), []);
});

check("erased files are found no more", async () => {
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${people.Burcu.room}`)).status, 204);
  for (const q of ["teklif", "belge", "imzalı"]) assert.deepEqual(await found(q), {}, q);
});
