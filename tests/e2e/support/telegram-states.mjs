// Walks both pages through the states that Telegram gave them; `look(person, state)` is called in each.
import assert from "node:assert/strict";

import { findings } from "./axe.mjs";
import { SIZES, THEMES } from "./browser.mjs";
import { newSession, scene, stage } from "./stage.mjs";
import { nobodyAnswers, told } from "./telegram.mjs";

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
