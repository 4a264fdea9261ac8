import assert from "node:assert/strict";

import { scene, setTheStage } from "./support/stage.mjs";

setTheStage();

scene("an agent closes and reopens; both sides see the line", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("Kapanan");
  await visitor.say("teşekkürler");
  await agent.openThread("Kapanan");
  await agent.get("close-button").click();
  await agent.get("reopen-button").waitFor();
  const system = (side) => side.page.locator('[data-testid=message][data-from="system"]');
  await system(visitor).first().waitFor();
  await agent.get("filter-closed").click();
  await agent.row("Kapanan").waitFor();
  await agent.get("reopen-button").click();
  await agent.get("close-button").waitFor();
  await agent.get("filter-open").click();
  await agent.row("Kapanan").waitFor();
  assert.equal(await system(agent).count(), 2);
});

scene("a visitor's word opens a closed thread again", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("Geri Gelen");
  await visitor.say("bitti");
  await agent.openThread("Geri Gelen");
  await agent.get("close-button").click();
  await agent.get("reopen-button").waitFor();
  await visitor.say("bir şey daha");
  await agent.get("close-button").waitFor();
  await agent.sees("bir şey daha");
});

scene("search finds the thread by what was said", async (enter) => {
  const visitor = await enter.visitor();
  const agent = await enter.agent();
  await visitor.introduce("Aranan Kişi");
  await visitor.say("IŞILDAYAN papatyalar");
  await agent.row("Aranan Kişi").waitFor();
  await agent.get("search-input").fill("ışıldayan");
  await agent.row("Aranan Kişi").waitFor();
  await agent.get("search-input").fill("hiç söylenmemiş");
  await agent.row("Aranan Kişi").waitFor({ state: "detached" });
});
