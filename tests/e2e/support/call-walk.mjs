// A walk through all states of calls on one page: axe finds nothing in any, and a picture of each is kept for people to look at.
import assert from "node:assert/strict";

import { findings } from "./axe.mjs";
import { SIZES, THEMES } from "./browser.mjs";
import { callScene } from "./calls.mjs";

/** A scene for each theme and each width. `page` names the pictures. */
export function walks(page, states) {
  for (const theme of THEMES) {
    for (const [size, { width }] of Object.entries(SIZES)) {
      callScene(`calls on the ${page}'s page, ${theme}, ${size}`, async (enter) => {
        // To the end of the walk, so that one run tells everything.
        const found = [];
        await states(enter, { theme, size }, async (person, state) => {
          await person.screenshot(`${page}-call-${state}-${width}-${theme}`);
          for (const finding of await findings(person)) found.push(`${state}: ${finding}`);
        });
        assert.deepEqual(found, []);
      });
    }
  }
}
