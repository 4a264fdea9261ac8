// A stage with a bot on it: the owner's chat in Telegram beside the pages.
import { after, before } from "node:test";

import { eventually } from "../../support/deadline.mjs";
import { expectJson } from "../../support/http.mjs";
import { Pocket, TOLD_MS } from "../../support/telegram.mjs";
import { launch } from "./browser.mjs";
import { stage } from "./stage.mjs";

const OWNER = { name: "Mehmet Yılmaz", business_name: "Yılmaz Çiçekçilik" };

/**
 * Instead of setTheStage; `stage.pocket`, see Pocket.start for what it takes. `linked`: the owner has set the bot up
 * and is known to it, rather than the environment.
 */
export function setTheStageWithBot({ linked = false, ...options } = {}) {
  before(async () => {
    stage.pocket = await Pocket.start({ owner: OWNER, pinned: !linked, ...options });
    ({ server: stage.server, owner: stage.owner } = stage.pocket);
    if (linked) await link(stage.pocket);
    stage.browser = await launch();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.pocket?.end();
  });
}

async function link(pocket) {
  await pocket.change("PUT", "/token", { token: pocket.bot.token });
  const { start_url } = await pocket.until("a link", (t) => t.start_url);
  pocket.boss.starts(codeIn(start_url));
  await pocket.until("linked", (t) => t.state === "ready" && t.linked);
}

/** The next message of the bot in the owner's chat that fits. */
export const told = (fits, what) => stage.pocket.bot.received(fits, { ms: TOLD_MS, what });

/** Time passes until the phone has rung again and those who wait are told that nobody has answered. */
export async function nobodyAnswers() {
  const { pocket } = stage;
  const { late_after_ms } = expectJson(await pocket.owner.get("/api/admin/settings"));
  await pocket.advance(late_after_ms + 1_000);
  await told((m) => m.text.includes("⏰"), "a reminder");
  await pocket.advance(late_after_ms + 1_000);
}

/** The code behind a link of the panel, which the person's Telegram sends when Start is pressed. */
export const codeIn = (url) => new URL(url).searchParams.get("start") ?? new URL(url).searchParams.get("startgroup");

/** Where a message about a call, or the answer to /call, leads. */
export const answerLink = (message) => /https?:\S+#answer=[\w-]+/.exec(message.button?.url ?? message.text)?.[0];

/** A picture in this message is drawn. */
export const showsPicture = (bubble) =>
  eventually("the picture is drawn", () => bubble.locator("img").first().evaluate((img) => img.complete && img.naturalWidth > 1));

/** The sound in this message is played, and time passes in it. */
export async function plays(bubble) {
  await bubble.getByTestId("audio-play").click();
  await eventually("it plays", () => bubble.locator("audio").evaluate((audio) => audio.currentTime > 0.2 && !audio.error));
}
