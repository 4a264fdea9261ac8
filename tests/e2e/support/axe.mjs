// axe on what a page shows now, by the rules of WCAG 2.2 AA.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** All that axe finds, each with the places; and whether the page is wider than its window. */
export async function findings(person) {
  await person.page.evaluate(AXE);
  const found = await person.page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { runOnly: rules, preload: false });
    return violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `  ${n.target} ${n.failureSummary}`).join("\n")}`);
  }, RULES);
  const wider = await person.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wider > 0 ? [...found, `the page is ${wider} px too wide`] : found;
}

export async function nothingFound(person, where) {
  assert.deepEqual(await findings(person), [], where);
}
