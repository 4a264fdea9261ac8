// Paste the token, press Start, done: the owner's panel, from nothing to a bot that works, and what it says of trouble.
import assert from "node:assert/strict";

import { faults, newToken, newUser } from "../support/bot-api/index.mjs";
import { eventually } from "../support/deadline.mjs";
import { Pocket } from "../support/telegram.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";
import { codeIn, told } from "./support/telegram.mjs";

// Each scene begins with an owner who has no bot yet.
setTheStage({ owner: false });

const alone = (name, body) =>
  scene(name, async (enter) => {
    const { server } = stage;
    await Pocket.use({ pinned: false, owner: { name: "Mehmet Yılmaz" } }, async (pocket) => {
      Object.assign(stage, { pocket, server: pocket.server, owner: pocket.owner });
      await body(enter, pocket);
    }).finally(() => Object.assign(stage, { server }));
  });

async function panel(enter, options) {
  const agent = await enter.agent(options);
  await agent.page.goto("/admin#settings/telegram");
  await agent.get("telegram").waitFor();
  return agent;
}

const inState = (agent, state) => agent.page.locator(`[data-testid="telegram"][data-state="${state}"]`).waitFor();

async function paste(agent, token) {
  await agent.get("telegram-token").fill(token);
  await agent.get("telegram-connect").click();
}

/** Up to the link that starts the bot; answers its code. */
async function pasted(agent, pocket) {
  await paste(agent, ` ${pocket.bot.token} `);
  await inState(agent, "waiting");
  return codeIn(await agent.get("telegram-start").getAttribute("href"));
}

async function connected(enter, pocket) {
  const agent = await panel(enter);
  pocket.boss.starts(await pasted(agent, pocket));
  await inState(agent, "ready");
  return agent;
}

alone("paste the token, press Start, press “I got it”: each step is shown without a reload", async (enter, pocket) => {
  const agent = await panel(enter);
  await inState(agent, "off");
  const code = await pasted(agent, pocket);
  await agent.get("telegram-bot").filter({ hasText: "Dükkân" }).waitFor();
  await agent.get("telegram-bot").filter({ hasText: "@dukkan_bot" }).waitFor();
  assert.equal(codeIn(await agent.get("telegram-group").getAttribute("href")), code);
  assert.ok(!(await agent.page.content()).includes(pocket.bot.token), "the token does not stay in the page");

  pocket.boss.starts(code);
  await inState(agent, "ready");
  await agent.get("telegram-chat").filter({ hasText: "Mehmet" }).waitFor();
  await agent.get("telegram-test").click();
  const question = await told((m) => m.button?.callback_data, "the question");
  await agent.page.locator('[data-testid="telegram-test-result"][data-state="sent"]').waitFor();
  await pocket.boss.presses(question.message);
  const result = agent.page.locator('[data-testid="telegram-test-result"][data-state="confirmed"]');
  await result.filter({ hasText: "Mehmet" }).waitFor();
  await agent.page.reload();
  await result.waitFor();

  await agent.get("telegram-disconnect").click();
  await agent.get("confirm-button").click();
  await inState(agent, "off");
  assert.equal((await pocket.state()).bot, undefined);
});

alone("a token that Telegram does not know, or that is none, and a Telegram that is away: said in words", async (enter, pocket) => {
  const agent = await panel(enter);
  agent.person.forgive(/status of (422|502)/);
  const fault = agent.get("telegram-token-fault");
  for (const token of [newToken(), "merhaba"]) {
    await paste(agent, token);
    await fault.filter({ hasText: /token|anahtar|jeton/i }).waitFor();
  }
  await pocket.bot.unreachable();
  await paste(agent, pocket.bot.token);
  await fault.filter({ hasText: /ulaş/i }).waitFor();
  await pocket.bot.reachable();
  await paste(agent, pocket.bot.token);
  await inState(agent, "waiting");
});

alone("a chat that was not started by the link is confirmed by the owner", async (enter, pocket) => {
  const agent = await panel(enter);
  await pasted(agent, pocket);
  const { bot } = pocket;
  bot.person(bot.privateChat({ first_name: "Komşu" })).starts();
  const forum = bot.group({ title: "Çiçekçi", forum: true, member: false });
  bot.person(forum, newUser()).addsBot();
  const candidates = agent.get("telegram-candidate");
  await candidates.filter({ hasText: "Komşu" }).waitFor();
  await candidates.filter({ hasText: "Çiçekçi" }).getByTestId("telegram-candidate-use").click();
  await inState(agent, "ready");
  await agent.get("telegram-chat").filter({ hasText: "Çiçekçi" }).waitFor();
  assert.equal((await pocket.state()).chat.id, forum.id);
});

alone("a notice that Telegram refuses is shown with why, and goes out when it is tried again", async (enter, pocket) => {
  const agent = await connected(enter, pocket);
  const refusal = pocket.bot.misbehave("sendMessage", faults.badRequest("MESSAGE_NOBODY_KNOWS"), { times: 9, when: (p) => p.text?.includes("takılan") });
  const visitor = await enter.returning(await newSession({ name: "Takılan Tülay" }));
  await visitor.say("takılan soru");
  const failed = agent.get("telegram-failed");
  await failed.filter({ hasText: "Takılan Tülay" }).waitFor();
  await failed.filter({ hasText: "MESSAGE_NOBODY_KNOWS" }).waitFor();
  refusal.end();
  await failed.getByTestId("telegram-retry").click();
  await told("takılan soru");
  await failed.waitFor({ state: "detached" });
});

alone("when it is told, and when quietly: saved and read back", async (enter, pocket) => {
  const agent = await connected(enter, pocket);
  await agent.get("telegram-notify-always").click();
  await agent.get("telegram-quiet").click();
  await agent.get("telegram-quiet-from").fill("21:30");
  await agent.get("telegram-quiet-to").fill("07:15");
  await agent.get("settings-save").click();
  await eventually("it is kept", async () => (await pocket.state()).settings.notify === "always");
  const { quiet } = (await pocket.state()).settings;
  assert.deepEqual([quiet.from, quiet.to], ["21:30", "07:15"]);
  await agent.page.reload();
  await agent.get("telegram-quiet-from").waitFor();
  assert.equal(await agent.get("telegram-quiet-from").inputValue(), "21:30");
  assert.equal(await agent.get("telegram-notify-always").getAttribute("aria-pressed"), "true");
});
