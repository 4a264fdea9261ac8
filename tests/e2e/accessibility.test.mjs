// axe on every page, in both themes and at both widths: WCAG 2.2 AA, nothing found, nothing excused.
import { agentSocket, visitorSocket } from "../support/sockets.mjs";
import { nothingFound } from "./support/axe.mjs";
import { SIZES, THEMES } from "./support/browser.mjs";
import { newSession, scene, setTheStage, stage } from "./support/stage.mjs";

const SETTINGS = ["personal", "logins", "business", "hours", "replies"];

setTheStage();

for (const theme of THEMES) {
  for (const size of Object.keys(SIZES)) {
    const view = { theme, size };

    scene(`visitor's pages, ${theme}, ${size}`, async (enter) => {
      const visitor = await enter.visitor(view);
      await nothingFound(visitor.person, "start");
      await visitor.introduce("Erişilebilir");
      await nothingFound(visitor.person, "empty chat");
      await visitor.say("bir soru");
      await visitor.hasState("bir soru", "sent", "delivered");
      await visitor.get("emoji-button").click();
      await visitor.get("emoji-panel").waitFor();
      await nothingFound(visitor.person, "emoji panel");
    });

    scene(`agents' pages, ${theme}, ${size}`, async (enter) => {
      const session = await newSession({ name: "Müşteri Hanım" });
      const phone = await visitorSocket(stage.server, session);
      const desk = await agentSocket(stage.server, stage.owner);
      await phone.say("merhaba");
      await desk.say("buyurun", { room: session.room });
      await phone.say("bir sorum var");
      const agent = await enter.agent(view);
      await agent.row("Müşteri Hanım").first().waitFor();
      await nothingFound(agent.person, "threads");
      await agent.openThread("Müşteri Hanım");
      await agent.sees("bir sorum var");
      await nothingFound(agent.person, "conversation");
      for (const section of SETTINGS) {
        await agent.page.goto(`/admin#settings/${section}`);
        // On a phone the list of sections is there but not shown.
        await agent.page.locator(`[data-testid="settings-${section}"][aria-current="page"]`).waitFor({ state: "attached" });
        await agent.page.getByRole("status", { name: /yükleniyor/i }).waitFor({ state: "detached" });
        await nothingFound(agent.person, `settings, ${section}`);
      }
    });

    scene(`sign-in, ${theme}, ${size}`, async (enter) => {
      const person = await enter.person(view);
      person.forgive(/401/);
      await person.page.goto("/admin");
      await person.get("login-username").waitFor();
      await nothingFound(person, "sign-in");
    });
  }
}
