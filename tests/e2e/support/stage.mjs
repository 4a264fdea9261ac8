// A server, a browser and the people of one test; everybody leaves at its end, and must leave a clean console.
import { after, before } from "node:test";

import { check } from "../../support/check.mjs";
import { newOwner, newVisitor } from "../../support/people.mjs";
import { Server, UNLIMITED } from "../../support/server.mjs";
import { launch, Person } from "./browser.mjs";
import { AdminPage, VisitorPage } from "./pages.mjs";

const TIMEOUT_MS = 90_000;

export const stage = {};

/** Call once in a test file. */
export function setTheStage({ owner = true, env = {}, flags = [] } = {}) {
  before(async () => {
    stage.server = await Server.start({ env: { ...UNLIMITED, ...env } });
    stage.browser = await launch(flags);
    if (owner) stage.owner = await newOwner(stage.server, { name: "Mehmet Yılmaz", business_name: "Yılmaz Çiçekçilik" });
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
  });
}

/** A test with people: `enter.visitor()`, `enter.agent()`, `enter.person()`. */
export function scene(name, body) {
  return check(
    name,
    async () => {
      const people = [];
      const person = async (options) => {
        const one = await Person.open(stage.browser, stage.server, options);
        people.push(one);
        return one;
      };
      const enter = {
        person,
        /** Somebody who has just opened the chat page. */
        visitor: async (options) => VisitorPage.open(await person(options)),
        /** The owner, already signed in, or another agent. */
        agent: async (options, who = stage.owner) => AdminPage.open(await person({ ...options, cookie: who.cookie })),
        /** A visitor whose chat exists already, with what was said in it. */
        returning: async (session, options) => VisitorPage.returning(await person(options), session),
      };
      try {
        await body(enter);
        for (const one of people) one.assertNoErrors();
      } catch (error) {
        for (const [i, one] of people.entries()) await one.onFailure(`${name} ${i}`);
        throw error;
      } finally {
        for (const one of people) await one.close();
      }
    },
    { timeout: TIMEOUT_MS },
  );
}

export const newSession = (fields) => newVisitor(stage.server, fields);
