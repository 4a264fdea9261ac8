// A picture of each state, for people to look at; the test is that each state can be reached without an error.
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { SIZES, THEMES } from "./support/browser.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

setTheStage();

async function conversation(name) {
  const session = await newSession({ name, email: "musteri@example.org", page_url: "https://shop.example/guller" });
  const phone = await visitorSocket(stage.server, session);
  const desk = await agentSocket(stage.server, stage.owner);
  const room = session.room;
  const { id } = await phone.say("Merhaba, yarın için 20 kırmızı gül hazırlayabilir misiniz?");
  await desk.say("Merhaba! Elbette, kaçta alırsınız?", { room });
  await phone.say("Sabah 10 gibi uğrarım. 🌹");
  await desk.say("Hazır olur. Kart da ister misiniz? Örnekler: https://shop.example/kartlar", { room });
  await desk.emit("read", { up_to: id, room });
  await phone.say("Olur, “İyi ki doğdun anne” yazsın.");
  return { session, phone, desk };
}

for (const theme of THEMES) {
  for (const [size, { width }] of Object.entries(SIZES)) {
    const view = { theme, size };
    const name = (state) => `${state}-${width}-${theme}`;

    scene(`visitor, ${theme}, ${size}`, async (enter) => {
      const fresh = await enter.visitor(view);
      await fresh.get("presence-line").first().waitFor();
      await fresh.person.screenshot(name("visitor-start"));
      await fresh.introduce("Ayşe");
      await fresh.person.screenshot(name("visitor-empty"));

      const { session, desk } = await conversation("Ayşe Demir");
      const visitor = await enter.returning(session, view);
      await visitor.sees("doğdun anne");
      await desk.emit("typing", { on: true, room: session.room });
      await visitor.get("typing").waitFor();
      await visitor.person.screenshot(name("visitor-chat"));
      await visitor.get("emoji-button").click();
      await visitor.get("emoji-panel").waitFor();
      await visitor.person.screenshot(name("visitor-emoji"));
      await visitor.page.keyboard.press("Escape");
      await stage.owner.patch(session.room, { status: "closed" });
      await visitor.page.locator('[data-from="system"]').first().waitFor();
      await visitor.person.screenshot(name("visitor-closed"));
    });

    scene(`agent, ${theme}, ${size}`, async (enter) => {
      await conversation("Fatma Kaya");
      const { session } = await conversation("Ali Vural");
      await stage.owner.patch(session.room, { note: "Her yıl aynı gün alıyor.", tags: ["sadık", "gül"] });
      const agent = await enter.agent(view);
      await agent.row("Ali Vural").first().waitFor();
      await agent.person.screenshot(name("admin-threads"));
      await agent.openThread("Ali Vural");
      await agent.sees("doğdun anne");
      await agent.person.screenshot(name("admin-conversation"));
      await agent.page.goto("/admin");
      await agent.get("search-input").fill("gül");
      await agent.row("Ali Vural").first().waitFor();
      await agent.person.screenshot(name("admin-search"));
      await agent.page.goto("/admin");
      await agent.get("settings-button").click();
      await agent.get("settings-personal").first().waitFor();
      await agent.person.screenshot(name("admin-settings"));
    });

    scene(`sign-in, ${theme}, ${size}`, async (enter) => {
      const person = await enter.person(view);
      person.forgive(/401/);
      await person.page.goto("/admin");
      await person.get("login-username").waitFor();
      await person.screenshot(name("admin-sign-in"));
    });
  }
}
