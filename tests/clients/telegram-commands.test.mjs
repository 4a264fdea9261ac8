// What begins with a slash, in the admin chat.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, post } from "../support/http.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";

let pocket;
let bot;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
});
after(() => pocket.end());

async function asks(text, options) {
  const { message_id } = pocket.boss.says(text, options);
  return bot.received((m) => m.wantedReply === message_id, { ms: TOLD_MS, what: `an answer to ${text}` });
}

async function waiting(name) {
  const visitor = await pocket.visitor(name);
  const { id } = await pocket.tells(visitor, `${name} yazdı`);
  return { visitor, reply_to: id };
}

describe("commands", { concurrency: true }, () => {
  check("/close closes; a message of the visitor opens again", async () => {
    const { visitor, reply_to } = await waiting("Kapat Kadir");
    assert.ok((await asks("/close", { reply_to })).text.includes("Kapat Kadir"));
    assert.equal((await pocket.owner.thread(visitor.room)).status, "closed");
    await visitor.socket.next("message", (m) => m.from === "system" && m.text === "closed");
    await asks("/close", { reply_to });
    await pocket.tells(visitor, "bir şey daha");
    assert.equal((await pocket.owner.thread(visitor.room)).status, "open");
    const lines = (await pocket.owner.transcript(visitor.room)).filter((m) => m.from === "system").map((m) => m.text);
    assert.deepEqual(lines, ["closed", "reopened"]);
  });

  check("/block, and again", async () => {
    const { visitor, reply_to } = await waiting("Engel Emre");
    assert.ok((await asks("/block", { reply_to })).text.includes("Engel Emre"));
    assert.equal((await pocket.owner.thread(visitor.room)).blocked, true);
    const refused = await visitor.socket.emit("message", { client_id: crypto.randomUUID(), text: "engelliyim" });
    assert.equal(refused.code, "blocked");
    await asks("/block", { reply_to });
    assert.equal((await pocket.owner.thread(visitor.room)).blocked, false);
    await pocket.tells(visitor, "engelim kalktı");
  });

  check("/call gives a link for one use", async () => {
    const { visitor, reply_to } = await waiting("Ara Arda");
    const said = await asks("/call", { reply_to });
    const token = /\/admin#answer=(\S+)/.exec(said.text)?.[1];
    assert.ok(token, said.text);
    assert.equal(said.button, undefined, "Telegram takes no button to a loopback address");
    const answered = expectJson(await post(pocket.server, "/api/admin/answer", { token }));
    assert.deepEqual([answered.room, answered.name, answered.call_id], [visitor.room, "Ara Arda", undefined]);
    assert.equal((await post(pocket.server, "/api/admin/answer", { token })).status, 410);
  });

  check("/status and /help need no visitor; others ask which", async () => {
    assert.match((await asks("/status")).text, /\d/);
    assert.match((await asks("/help")).text, /\/close[\s\S]*\/block[\s\S]*\/call[\s\S]*\/mute/);
    for (const command of ["/close", "/block", "/call"]) assert.ok((await asks(command)).text.length > 20, command);
  });

  check("written in capitals, with the bot's name, or with something behind it", async () => {
    const { visitor, reply_to } = await waiting("Büyük Banu");
    await asks("/CLOSE@Dukkan_Bot şimdi", { reply_to });
    assert.equal((await pocket.owner.thread(visitor.room)).status, "closed");
  });

  check("a mistyped command is no answer to the visitor", async () => {
    const { visitor, reply_to } = await waiting("Yanlış Yunus");
    assert.match((await asks("/colse", { reply_to })).text, /\/close/);
    pocket.boss.says("1/2 oranında", { reply_to });
    await pocket.answered(visitor, "1/2 oranında");
    assert.equal(visitor.socket.all("message").length, 1);
  });
});

check("a command that comes again is done once", async () => {
  const { visitor, reply_to } = await waiting("Bir Kez Berna");
  const { update } = pocket.boss.says("/block", { reply_to });
  await bot.updates.confirmed(update);
  bot.updates.put(update);
  await pocket.settled();
  assert.equal((await pocket.owner.thread(visitor.room)).blocked, true, "not unblocked by the same update");
});
