// A picture of each state of files and voice notes, for people to look at.
import { SIZES, THEMES } from "./support/browser.mjs";
import { agentFileStates, dropZone, visitorFileStates } from "./support/file-states.mjs";
import { newSession, scene, setTheStage } from "./support/stage.mjs";

setTheStage();

for (const theme of THEMES) {
  for (const [size, { width }] of Object.entries(SIZES)) {
    const view = { theme, size };
    const taken = (page) => (person, state) => person.screenshot(`${page}-files-${state}-${width}-${theme}`);
    scene(`files on the visitor's page, ${theme}, ${size}`, async (enter) => {
      await visitorFileStates(enter, view, taken("visitor"));
      await dropZone(await enter.returning(await newSession(), view), taken("visitor"));
    });
    scene(`files on the agents' page, ${theme}, ${size}`, (enter) => agentFileStates(enter, view, taken("admin")));
  }
}
