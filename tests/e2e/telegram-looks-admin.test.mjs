import { setTheStageWithBot } from "./support/telegram.mjs";
import { deskStates, walks, wayInStates } from "./support/telegram-states.mjs";

setTheStageWithBot({ linked: true });
walks("admin", async (enter, view, look) => {
  await deskStates(enter, view, look);
  await wayInStates(enter, view, look);
});
