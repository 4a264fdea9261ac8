// axe in every state of files and voice notes, in both themes and at both widths.
import { nothingFound } from "./support/axe.mjs";
import { SIZES, THEMES } from "./support/browser.mjs";
import { agentFileStates, visitorFileStates } from "./support/file-states.mjs";
import { scene, setTheStage } from "./support/stage.mjs";

setTheStage();

for (const theme of THEMES) {
  for (const size of Object.keys(SIZES)) {
    scene(`files on the visitor's page, ${theme}, ${size}`, (enter) => visitorFileStates(enter, { theme, size }, nothingFound));
    scene(`files on the agents' page, ${theme}, ${size}`, (enter) => agentFileStates(enter, { theme, size }, nothingFound));
  }
}
