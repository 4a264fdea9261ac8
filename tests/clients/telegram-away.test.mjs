// When the phone is told at all, and when without a sound.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { check } from "../support/check.mjs";
import { Pocket, TOLD_MS } from "../support/telegram.mjs";

let pocket;
let bot;
before(async () => {
  pocket = await Pocket.start();
  ({ bot } = pocket);
});
after(() => pocket.end());

/** What was told later shows that what came before it was not. */
async function expectNotTold(words, by) {
  const told = await pocket.tells(by, `${words} – işaret`);
  assert.ok(!bot.texts().some((t) => t.includes(words) && !t.includes("işaret")), `told: ${words}`);
  return told;
}

const read = (desk, visitor, id) => desk.emit("read", { room: visitor.room, up_to: id });

const minuteOf = (ms) => new Date(ms).toISOString().slice(11, 16);

describe("away", { concurrency: 5 }, () => {
  check("an agent who has the thread on the screen and reads it: the phone is silent", async () => {
    const visitor = await pocket.visitor("Ekranda Ece");
    const desk = await pocket.desk();
    expectOk(await desk.emit("open", { room: visitor.room }));
    const { id } = await visitor.say("ekrandan oku");
    await desk.nextMessage("ekrandan oku");
    expectOk(await read(desk, visitor, id));
    await expectNotTold("ekrandan oku", await pocket.visitor("Başkası"));
    desk.close();
  });

  check("another thread on the screen, a closed one, or none: told", async () => {
    const [visitor, other] = [await pocket.visitor("Uzakta Umut"), await pocket.visitor("Yakında Yeliz")];
    const desk = await pocket.desk();
    expectOk(await desk.emit("open", { room: other.room }));
    await pocket.tells(visitor, "başka odadayım");
    expectOk(await desk.emit("open", { room: visitor.room }));
    expectOk(await desk.emit("open", { room: null }));
    await pocket.tells(visitor, "oda kapandı");
    expectOk(await desk.emit("open", { room: visitor.room }));
    desk.close();
    await pocket.tells(visitor, "panel gitti");
  });

  check("`always`: told even when somebody looks", () => Pocket.use({}, async (pocket) => {
    const { bot } = pocket;
    await pocket.choose({ notify: "always" });
    const visitor = await pocket.visitor("Her Zaman Hale");
    const desk = await pocket.desk();
    expectOk(await desk.emit("open", { room: visitor.room }));
    const { id } = await visitor.say("her zaman söyle");
    expectOk(await read(desk, visitor, id));
    await bot.received("her zaman söyle", { ms: TOLD_MS });
    desk.close();
  }));

  check("on the screen of somebody who has left the desk: told after a while", () => Pocket.use({}, async (pocket) => {
    const { bot } = pocket;
    const visitor = await pocket.visitor("Boş Masa Burcu");
    const desk = await pocket.desk();
    expectOk(await desk.emit("open", { room: visitor.room }));
    await visitor.say("masada kimse yok");
    await desk.nextMessage("masada kimse yok");
    await pocket.advance(60_000);
    await bot.received("masada kimse yok", { ms: TOLD_MS });
    desk.close();
  }));

  check("an agent's answer in the panel tells the phone nothing", async () => {
    const visitor = await pocket.visitor("Panelden Pelin");
    await pocket.tells(visitor, "kimse bakmıyor mu?");
    const desk = await pocket.desk();
    await desk.say("panelden cevap", { room: visitor.room });
    await expectNotTold("panelden cevap", await pocket.visitor("Sonraki Soner"));
    desk.close();
  });

  check("`open` says only what is true", async () => {
    const desk = await pocket.desk();
    const visitor = await pocket.visitor("Açık Aslı");
    for (const wrong of [{}, { room: 5 }, { room: "x".repeat(16) }, { rooms: [] }, "x"]) {
      const ack = await desk.emit("open", wrong);
      assert.equal(ack.ok, false, `${JSON.stringify(wrong)}: ${JSON.stringify(ack)}`);
    }
    const ack = await visitor.socket.emit("open", { room: visitor.room });
    assert.equal(ack.ok, false, "it is the agents'");
    expectRefusal(await visitor.socket.emit("flush"), "unknown_event");
    desk.close();
  });

  check("quiet hours: the same, without a sound", () => Pocket.use({}, async (pocket) => {
    const now = await pocket.advance(0);
    const around = { from: minuteOf(now - 3_600_000), to: minuteOf(now + 3_600_000), time_zone: "UTC" };
    const visitor = await pocket.visitor("Gece Gamze");
    assert.equal((await pocket.tells(visitor, "gündüz")).isSilent, false);
    await pocket.choose({ quiet: around });
    assert.equal((await pocket.tells(visitor, "gece")).isSilent, true);
    await pocket.choose({ quiet: { ...around, from: minuteOf(now + 7_200_000), to: minuteOf(now - 7_200_000) } });
    assert.equal((await pocket.tells(visitor, "sabah")).isSilent, false, "outside of hours that pass midnight or not");
    await pocket.choose({ quiet: { ...around, time_zone: "Pacific/Kiritimati" } });
    assert.equal((await pocket.tells(visitor, "adada")).isSilent, false, "in another time zone it is another hour");
  }));

  check("/mute: all, or one visitor; for a time; off", () => Pocket.use({}, async (pocket) => {
    const { bot } = pocket;
    const [one, two] = [await pocket.visitor("Susan Sude"), await pocket.visitor("Konuşan Kaan")];
    const first = await pocket.tells(one, "sus bir");
    await pocket.tells(two, "sus iki");
    const says = async (text, options) => {
      const { message_id } = pocket.boss.says(text, options);
      return bot.received((m) => m.reply_to === message_id, { ms: TOLD_MS, what: text });
    };
    await says("/mute 30", { reply_to: first.id });
    assert.equal((await pocket.tells(one, "sessizim")).isSilent, true);
    assert.equal((await pocket.tells(two, "sesliyim")).isSilent, false);
    await pocket.advance(31 * 60_000);
    assert.equal((await pocket.tells(one, "süre doldu")).isSilent, false);
    assert.match((await says("/mute")).text, /60/);
    assert.equal((await pocket.tells(two, "herkes sessiz")).isSilent, true);
    await says("/mute off");
    assert.equal((await pocket.tells(two, "ses açık")).isSilent, false);
    for (const wrong of ["/mute -5", "/mute yarın", "/mute 99999999999999999999"]) {
      await says(wrong);
      assert.equal((await pocket.tells(two, `hâlâ sesli ${wrong.length}`)).isSilent, false, wrong);
    }
  }));
});
