// From the press of a button to the first byte of media, on this machine and its own network.
import assert from "node:assert/strict";

import { callScene, meeting, WITH_RELAY } from "./support/calls.mjs";
import { watched } from "./support/connections.mjs";
import { setTheStage } from "./support/stage.mjs";

/** With two browsers, a server and a test on two cores; what people wait for is a fraction of it. */
const LONGEST_MS = 5000;
const ROUNDS = 5;

setTheStage(WITH_RELAY);

/** Answers as soon as the button is there: what is measured is the program, not a person. */
const pressWhenThere = (testid) => {
  const press = () => {
    const button = document.querySelector(`[data-testid="${testid}"]`);
    if (!button) return;
    watch.disconnect();
    button.click();
  };
  const watch = new MutationObserver(press);
  watch.observe(document.body, { childList: true, subtree: true });
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

for (const [way, network] of [["direct", {}], ["relayed, UDP", { relay: "udp" }], ["relayed, TCP", { relay: "tcp" }]]) {
  callScene(`call set-up, ${way}`, async (enter) => {
    const options = { before: watched(network) };
    const { visitor, agent } = await meeting(enter, way, { visitor: options, agent: options });
    const times = { accept: [], call: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      await agent.page.evaluate(pressWhenThere, "ring-accept-audio");
      const [accept, call] = [agent, visitor].map(({ page }) =>
        page.evaluate(() => window.firstMediaAfterClick(["call-audio", "ring-accept-audio"])),
      );
      await visitor.call("audio");
      const [acceptMs, callMs] = await Promise.all([accept, call]);
      // The first one fetches the parts of the page that calls need.
      if (round > 0) {
        times.accept.push(acceptMs);
        times.call.push(callMs);
      }
      const name = round === 0 ? "first call of both pages" : `round ${round}`;
      console.log(`${way}, ${name}: ${Math.round(acceptMs)} ms from accept, ${Math.round(callMs)} ms from call to the first media`);
      await visitor.inPhase("connected");
      await visitor.hangUp();
      await agent.ended("hangup");
      for (const phone of [visitor, agent]) await phone.get("call-dismiss").click();
    }
    const [accept, call] = [median(times.accept), median(times.call)].map(Math.round);
    console.log(`${way}: median ${accept} ms from accept, ${call} ms from call to the first media`);
    assert.ok(accept < LONGEST_MS && call < LONGEST_MS, `${accept} ms, ${call} ms`);
  });
}
