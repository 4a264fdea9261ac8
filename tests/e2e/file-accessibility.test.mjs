// axe in every state of files and voice notes, in both themes and at both widths.
import assert from "node:assert/strict";

import { findings } from "./support/axe.mjs";
import { SIZES, THEMES } from "./support/browser.mjs";
import { agentFileStates, visitorFileStates } from "./support/file-states.mjs";
import { scene, setTheStage } from "./support/stage.mjs";

setTheStage();

/** To the end of the walk, so that one run tells everything. */
async function nothingFoundOn(walk, enter, view) {
  const found = [];
  await walk(enter, view, async (person, state) => {
    for (const finding of await findings(person)) found.push(`${state}: ${finding}`);
  });
  assert.deepEqual(found, []);
}

for (const theme of THEMES) {
  for (const size of Object.keys(SIZES)) {
    const view = { theme, size };
    scene(`files on the visitor's page, ${theme}, ${size}`, (enter) => nothingFoundOn(visitorFileStates, enter, view));
    scene(`files on the agents' page, ${theme}, ${size}`, (enter) => nothingFoundOn(agentFileStates, enter, view));
  }
}
