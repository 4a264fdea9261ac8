// The code of the second step comes where the owner is told of his visitors.
import assert from "node:assert/strict";

import { PASSWORD } from "../support/people.mjs";
import { AdminPage } from "./support/pages.mjs";
import { scene } from "./support/stage.mjs";
import { setTheStageWithBot, told } from "./support/telegram.mjs";

setTheStageWithBot({ linked: true });

const digitsIn = (m) => /(?<!\d)(\d{6})(?!\d)/.exec(m.text)?.[1];

scene("the code comes by Telegram, again after the countdown, and signs in", async (enter) => {
  const person = await enter.person({ size: "phone" });
  const page = new AdminPage(person);
  person.forgive(/status of 401/);
  await person.page.clock.install();
  await person.page.goto("/admin");
  await page.get("login-username").fill("mehmet");
  await page.get("login-password").fill(PASSWORD);
  await page.get("login-submit").click();
  await page.get("code-box").first().waitFor();
  const first = digitsIn(await told(digitsIn, "a code"));
  await person.page.getByText("Kodu Telegram’ınıza gönderdik").waitFor();
  const again = page.get("otp-resend");
  assert.ok(await again.isDisabled(), "not at once");
  await person.page.clock.fastForward(31_000);
  await again.click();
  const second = digitsIn(await told(digitsIn, "another code"));
  await person.page.getByText("yeni bir kod gönderdik").waitFor();
  assert.ok(await again.isDisabled(), "nor soon after");
  await page.typeCode(second);
  await page.get("search-input").waitFor();
  assert.ok(first && second);
});
