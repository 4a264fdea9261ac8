// Walks both pages through the states that Telegram gave them; `look(person, state)` is called in each.
import assert from "node:assert/strict";

import { expectOk } from "../../support/acks.mjs";
import { phoneOf as socketOf } from "../../support/calls.mjs";
import { PASSWORD } from "../../support/people.mjs";
import { findings } from "./axe.mjs";
import { SIZES, THEMES } from "./browser.mjs";
import { newSession, scene, stage } from "./stage.mjs";
import { answerLink, nobodyAnswers, told } from "./telegram.mjs";

/** A scene for each theme and each width: axe finds nothing in any state, and a picture of each is kept. */
export function walks(page, states) {
  for (const theme of THEMES) {
    for (const [size, { width }] of Object.entries(SIZES)) {
      scene(`Telegram on the ${page}'s page, ${theme}, ${size}`, async (enter) => {
        const found = [];
        await states(enter, { theme, size }, async (person, state) => {
          await person.screenshot(`${page}-telegram-${state}-${width}-${theme}`);
          for (const finding of await findings(person)) found.push(`${state}: ${finding}`);
        });
        assert.deepEqual(found, []);
      });
    }
  }
}

export async function visitorStates(enter, view, look) {
  const { boss } = stage.pocket;
  const visitor = await enter.returning(await newSession({ name: "Ayşe Demir" }), view);
  const { person } = visitor;
  await visitor.say("Yarın için 20 kırmızı gül hazırlayabilir misiniz?");
  const question = await told("20 kırmızı gül");
  await visitor.get("call-audio").waitFor();
  await nobodyAnswers();
  await visitor.get("contact-email").waitFor();
  await look(person, "late");
  await visitor.get("contact-email").fill("ayse@");
  await visitor.get("contact-send").click();
  await visitor.get("contact-fault").waitFor();
  await look(person, "late-wrong");
  await visitor.get("contact-email").fill("ayse@example.org");
  await visitor.get("contact-send").click();
  await visitor.get("contact-change").waitFor();
  await look(person, "late-thanks");

  const answer = boss.says("Merhaba, beklettim. Elbette hazırlarız, saat kaçta alrsınız?", { reply_to: question.id });
  await visitor.sees("saat kaçta alrsınız");
  boss.edits(answer, "Merhaba, beklettim. Elbette hazırlarız, saat kaçta alırsınız?");
  await visitor.sees("saat kaçta alırsınız");
  boss.says("Kart da ister misiniz?", { reply_to: question.id, quote: "20 kırmızı gül" });
  await visitor.bubble("Kart da").getByTestId("quote").waitFor();
  await look(person, "answered");

  boss.says("/close", { reply_to: question.id });
  await visitor.get("rating").waitFor();
  await look(person, "rating");
  await visitor.get("rating").locator("label").nth(3).click();
  await visitor.get("rating-outcome").filter({ hasText: "Teşekkürler" }).waitFor();
  await look(person, "rated");
}

/** A thread in which the owner has answered from his phone, rated by the visitor at its end. */
export async function deskStates(enter, view, look) {
  const { boss, owner } = stage.pocket;
  const session = await newSession({ name: "Fatma Kaya", email: "fatma@example.org", page_url: "https://shop.example/guller" });
  const visitor = await enter.returning(session);
  await visitor.say("Yarın için 20 kırmızı gül hazırlayabilir misiniz?");
  const question = await told((m) => m.text.includes("Fatma Kaya") && m.text.includes("20 kırmızı"));
  const answer = boss.says("Elbette, kaçta alrsınız?", { reply_to: question.id });
  await visitor.sees("alrsınız");
  boss.edits(answer, "Elbette, kaçta alırsınız?");
  await visitor.sees("alırsınız");
  await owner.patch(session.room, { status: "closed" });
  await visitor.get("rating").locator("label").nth(3).click();
  await visitor.get("rating-outcome").filter({ hasText: "Teşekkürler" }).waitFor();

  const agent = await enter.agent(view);
  const { person } = agent;
  await agent.get("filter-closed").click();
  await agent.row("Fatma Kaya").first().getByTestId("row-rating").waitFor();
  await look(person, "rated-list");
  await agent.page.goto(`/admin#/${session.room}`);
  await agent.get("via-telegram").waitFor();
  await look(person, "via");
  await agent.page.goto(`/admin#/${session.room}/visitor`);
  await agent.get("thread-rating").waitFor();
  await look(person, "rated-visitor");
}

/** Where links and codes of the bot's lead. */
export async function wayInStates(enter, view, look) {
  const { boss } = stage.pocket;
  const visitor = await enter.returning(await newSession({ name: "Ali Vural" }));
  await visitor.say("arar mısınız?");
  const question = await told((m) => m.text.includes("Ali Vural") && m.text.includes("arar mısınız"));
  const { message_id } = boss.says("/call", { reply_to: question.id });
  const link = answerLink(await told((m) => m.wantedReply === message_id, "an answer to /call"));
  for (const state of ["answer", "answer-expired"]) {
    const person = await enter.person(view);
    person.forgive(/status of (401|410)/);
    await person.page.goto(link);
    await person.get(state === "answer" ? "answer-call" : "answer-expired").waitFor();
    await look(person, state);
  }
  const phone = await socketOf(stage.server, await newSession({ name: "Zehra Ak" }));
  const { call_id } = expectOk(await phone.emit("call", { media: "video" }));
  const called = await enter.person(view);
  called.forgive(/status of 401/);
  await called.page.goto(answerLink(await told((m) => m.text.includes("Zehra Ak") && answerLink(m), "a call")));
  await called.get("ring-accept-video").waitFor();
  await look(called, "answer-ring");
  expectOk(await phone.emit("hangup", { call_id }), []);
  phone.close();

  const person = await enter.person(view);
  person.forgive(/status of 401/);
  await person.page.goto("/admin");
  await person.get("login-username").fill("mehmet");
  await person.get("login-password").fill(PASSWORD);
  await person.get("login-submit").click();
  await person.get("otp-resend").waitFor();
  await look(person, "code");
}
