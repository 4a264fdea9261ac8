// Every state of calls, in both themes and at both widths: axe finds nothing, and a picture is kept for people to look at.
import assert from "node:assert/strict";

import { findings } from "./support/axe.mjs";
import { SIZES, THEMES } from "./support/browser.mjs";
import { agentCallStates, visitorCallStates } from "./support/call-states.mjs";
import { callScene, WITH_RELAY } from "./support/calls.mjs";
import { setTheStage } from "./support/stage.mjs";

setTheStage(WITH_RELAY);

/** To the end of the walk, so that one run tells everything. */
async function walk(states, page, enter, { theme, size }) {
  const found = [];
  await states(enter, { theme, size }, async (person, state) => {
    await person.screenshot(`${page}-call-${state}-${SIZES[size].width}-${theme}`);
    for (const finding of await findings(person)) found.push(`${state}: ${finding}`);
  });
  assert.deepEqual(found, []);
}

for (const theme of THEMES) {
  for (const size of Object.keys(SIZES)) {
    callScene(`calls on the visitor's page, ${theme}, ${size}`, (enter) => walk(visitorCallStates, "visitor", enter, { theme, size }));
    callScene(`calls on the agents' page, ${theme}, ${size}`, (enter) => walk(agentCallStates, "admin", enter, { theme, size }));
  }
}
