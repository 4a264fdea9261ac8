// A message that carries a file, from the ack to the transcript.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before } from "node:test";

import { check, overEveryTransport } from "../support/check.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { jpeg } from "../support/pictures.mjs";
import { webm } from "../support/recordings.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, closeAllSockets, settled, visitorSocket } from "../support/sockets.mjs";
import { assertSameUpload, kept, sendMessage, upload } from "../support/uploads.mjs";

let server;
let owner;
let colleague;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server, { name: "Mehmet" });
  colleague = await newAgent(server, "elif", "Elif");
});
after(() => server.stop());
afterEach(closeAllSockets);

const KINDS = [
  ["image", "kırık parça.jpg", () => jpeg()],
  ["audio", "ses.webm", () => webm()],
  ["file", "teklif.pdf", () => pdf()],
];

overEveryTransport(({ transports }) => {
  async function desk() {
    const visitor = await newVisitor(server);
    return {
      visitor,
      phone: await visitorSocket(server, visitor, { transports }),
      laptop: await visitorSocket(server, visitor, { transports }),
      mehmet: await agentSocket(server, owner, { transports }),
      elif: await agentSocket(server, colleague, { transports }),
    };
  }

  for (const [kind, name, bytes] of KINDS) {
    check(`kind ${kind}: everybody gets the file, with exactly these fields`, async () => {
      const { visitor, phone, laptop, mehmet, elif } = await desk();
      const uploaded = await upload(server, visitor, name, bytes());
      const sent = { client_id: randomUUID(), upload_id: uploaded.id };
      const ack = await phone.emit("message", sent);
      assert.deepEqual(Object.keys(ack).sort(), ["at", "id", "ok"], JSON.stringify(ack));
      const expected = { id: ack.id, room: visitor.room, client_id: sent.client_id, from: "visitor", kind, at: ack.at };
      for (const socket of [laptop, mehmet, elif]) {
        const { upload: heard, ...rest } = await socket.next("message", (m) => m.id === ack.id);
        assert.deepEqual(rest, expected, "no text without a caption");
        assertSameUpload(heard, uploaded);
        assert.equal((await get(server, heard.url)).status, 200);
      }
      await settled(mehmet, visitor.room, phone);
      assert.equal(phone.all("message").filter((m) => m.id === ack.id).length, 0, "not to the sender");
    });
  }

  check("an agent's file reaches the visitor, with caption, author and what it answers", async () => {
    const { visitor, phone, laptop, mehmet } = await desk();
    const asked = await phone.say("Fiyat listeniz var mı?");
    const uploaded = await upload(server, owner, "fiyatlar.pdf", pdf());
    const ack = await sendMessage(mehmet, uploaded, { text: "Buyurun, güncel liste 🌹", reply_to: asked.id, room: visitor.room });
    assert.equal(ack.ok, true, JSON.stringify(ack));
    for (const socket of [phone, laptop]) {
      const heard = await socket.next("message", (m) => m.id === ack.id);
      assert.deepEqual([heard.from, heard.author, heard.kind], ["agent", "Mehmet", "file"]);
      assert.deepEqual([heard.text, heard.reply_to], ["Buyurun, güncel liste 🌹", asked.id]);
      assertSameUpload(heard.upload, uploaded);
    }
  });

  check("history, the transcript, HTTP and a resume tell the same", async () => {
    const { visitor, phone, laptop, mehmet } = await desk();
    const { id: first } = await phone.say("ilk");
    const expected = [];
    for (const [, name, bytes] of KINDS) {
      const ack = await sendMessage(phone, await upload(server, visitor, name, bytes()), expected.length ? {} : { text: "altyazı" });
      expected.push(await laptop.next("message", (m) => m.id === ack.id));
    }
    const resumed = await visitorSocket(server, visitor, { lastId: first, transports });
    const returned = await agentSocket(server, owner, { lastId: first, transports });
    const missed = async (socket) => {
      const heard = [];
      for (const { id } of expected) heard.push(await socket.next("message", (m) => m.id === id));
      return heard;
    };
    for (const [what, messages] of Object.entries({
      "a visitor's resume": await missed(resumed),
      "an agent's resume": await missed(returned),
      "a visitor's history": (await phone.emit("history", { after: first })).messages,
      "an agent's history": (await mehmet.emit("history", { after: first, room: visitor.room })).messages,
      "a visitor's HTTP": expectJson(await get(server, `/api/messages?after=${first}`, { bearer: visitor.token })).messages,
      "an agent's transcript": (await owner.transcript(visitor.room)).slice(1),
    })) {
      assert.equal(messages.length, expected.length, what);
      for (const [i, { upload: got, ...rest }] of messages.entries()) {
        const { upload: told, ...message } = expected[i];
        assert.deepEqual(rest, message, what);
        assertSameUpload(got, told);
      }
    }
  });

  check("files and words of one connection keep their order", async () => {
    const { visitor, phone, laptop } = await desk();
    const uploads = [];
    for (let i = 0; i < 10; i += 1) uploads.push(await upload(server, visitor, `${i}.txt`, `dosya ${i}`));
    const acks = await Promise.all(uploads.flatMap((u, i) => [sendMessage(phone, u), phone.say(`söz ${i}`)]));
    const ids = acks.map((a) => a.id);
    assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
    await laptop.nextMessage("söz 9");
    const heard = laptop.all("message").map((m) => m.text ?? m.upload.name);
    assert.deepEqual(heard, uploads.flatMap((_, i) => [`${i}.txt`, `söz ${i}`]));
  });

  check("the same message again is the same message", async () => {
    const { visitor, phone, laptop, mehmet } = await desk();
    const uploaded = await upload(server, visitor, "bir.txt", "bir kez");
    const message = { client_id: randomUUID(), upload_id: uploaded.id };
    const acks = await Promise.all(Array.from({ length: 10 }, (_, i) => [phone, laptop][i % 2].emit("message", message)));
    assert.equal(acks[0].ok, true, JSON.stringify(acks[0]));
    for (const ack of acks) assert.deepEqual(ack, acks[0]);
    await settled(mehmet, visitor.room, phone, laptop);
    assert.equal((await owner.transcript(visitor.room)).filter((m) => m.kind === "file").length, 1);
  });

  check("a file is sent once: under another client_id it is refused", async () => {
    const { visitor, phone, mehmet } = await desk();
    const uploaded = await upload(server, visitor, "bir.txt", "yalnız bir kez");
    const acks = await Promise.all(Array.from({ length: 5 }, () => sendMessage(phone, uploaded)));
    assert.equal(acks.filter((a) => a.ok).length, 1, "however many come at the same time");
    for (const { code } of acks.filter((a) => !a.ok)) assert.equal(code, "upload");
    const own = await upload(server, owner, "iki.txt", "iki odaya");
    assert.equal((await sendMessage(mehmet, own, { room: visitor.room })).ok, true);
    const other = await newVisitor(server);
    assert.equal((await sendMessage(mehmet, own, { room: other.room })).code, "upload");
    assert.deepEqual(await owner.transcript(other.room), []);
  });
});

for (const [what, make] of [
  ["an unknown upload", () => "x".repeat(16)],
  ["an empty one", () => ""],
  ["another visitor's", async () => (await upload(server, await newVisitor(server), "a.txt", "başkasının")).id],
  ["an agent's", async () => (await upload(server, owner, "a.txt", "ofisin")).id],
  ["the store's address of one", async (visitor) => {
    await upload(server, visitor, "a.txt", "kendi");
    return (await kept(server)).files[0];
  }],
]) {
  check(`a visitor who names ${what} is refused: upload, and nothing is said`, async () => {
    const visitor = await newVisitor(server);
    const phone = await visitorSocket(server, visitor);
    const ack = await sendMessage(phone, await make(visitor));
    assert.equal(ack.ok, false, JSON.stringify(ack));
    assert.equal(ack.code, "upload");
    assert.ok(ack.message, "a sentence for people");
    assert.deepEqual(await owner.transcript(visitor.room), []);
  });
}

check("an agent sends only what that agent brought", async () => {
  const visitor = await newVisitor(server);
  const mehmet = await agentSocket(server, owner);
  for (const { id } of [await upload(server, visitor, "a.txt", "ziyaretçinin"), await upload(server, colleague, "b.txt", "Elif'in")]) {
    assert.equal((await sendMessage(mehmet, id, { room: visitor.room })).code, "upload");
  }
  assert.deepEqual(await owner.transcript(visitor.room), []);
});

check("a refused message leaves its upload to be sent again", async () => {
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  const uploaded = await upload(server, visitor, "a.txt", "bir daha");
  for (const [rest, code] of [
    [{ text: "x".repeat(4001) }, "too_long"],
    [{ reply_to: 999_999 }, "reply_to"],
    [{ html: "x" }, "invalid"],
    [{ room: "x".repeat(16) }, "room"],
  ]) {
    assert.equal((await sendMessage(phone, uploaded, rest)).code, code);
  }
  assert.equal((await sendMessage(phone, uploaded)).ok, true);
});

check("an upload_id that is no text is invalid", async () => {
  const phone = await visitorSocket(server, await newVisitor(server));
  for (const upload_id of [7, {}, ["x"], true]) {
    assert.equal((await phone.emit("message", { client_id: randomUUID(), upload_id })).code, "invalid", JSON.stringify(upload_id));
  }
  assert.equal((await phone.emit("message", { client_id: randomUUID() })).ok, false, "neither words nor a file");
});

check("a blank caption is none", async () => {
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  const ack = await sendMessage(phone, await upload(server, visitor, "a.txt", "boş"), { text: "  \n " });
  assert.equal(ack.ok, true, JSON.stringify(ack));
  const [message] = await owner.transcript(visitor.room);
  assert.equal(message.text, undefined);
});

check("the thread list shows the file as its last message, unread", async () => {
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  const desk = await agentSocket(server, owner);
  const uploaded = await upload(server, visitor, "gül.jpg", jpeg());
  const ack = await sendMessage(phone, uploaded);
  assert.equal(ack.ok, true, JSON.stringify(ack));
  await desk.next("session", (s) => s.room === visitor.room && s.unread === 1);
  const [thread] = expectJson(await owner.get("/api/admin/sessions?limit=1")).sessions;
  assert.equal(thread.room, visitor.room);
  assert.equal(thread.unread, 1);
  assert.equal(thread.last.kind, "image");
  assert.equal(thread.last.text, undefined);
  assertSameUpload(thread.last.upload, uploaded);
});

check("a file to a closed thread opens it again", async () => {
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  await phone.say("selam");
  await owner.patch(visitor.room, { status: "closed" });
  assert.equal((await sendMessage(phone, await upload(server, visitor, "a.txt", "yine ben"))).ok, true);
  assert.equal((await owner.thread(visitor.room)).status, "open");
});
