// What a visitor says later: an address to be reached at, and how it was.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectProblem, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { agentSocket, settled, visitorSocket } from "../support/sockets.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
after(() => server.stop());

const contact = (visitor, json) => request(server, "PATCH", "/api/session", { json, bearer: visitor.token });
const rate = (visitor, json) => request(server, "PUT", "/api/session/rating", { json, bearer: visitor.token });

async function expectDone(answer) {
  const response = await answer;
  assert.equal(response.status, 204, response.text);
}

check("an address is left later, told to the agents, and taken back", async () => {
  const agent = await agentSocket(server, owner);
  const visitor = await newVisitor(server);
  const about = (fits) => (s) => s.room === visitor.room && s.event === "changed" && fits(s);
  await expectDone(contact(visitor, { email: " ayse@example.org " }));
  await agent.next("session", about((s) => s.email === "ayse@example.org"));
  assert.equal((await owner.thread(visitor.room)).email, "ayse@example.org");
  await expectDone(contact(visitor, { email: null }));
  await agent.next("session", about((s) => s.email === undefined));
  assert.equal((await owner.thread(visitor.room)).email, undefined);
});

check("what is no address changes nothing", async () => {
  const visitor = await newVisitor(server, { email: "ayse@example.org" });
  assert.equal(expectProblem(await contact(visitor, { email: "yok" }), 400, "invalid_field").field, "email");
  for (const json of [{}, { email: 7 }, { email: "a@example.org", name: "x" }, []]) {
    expectProblem(await contact(visitor, json), 400, "invalid_body");
  }
  expectProblem(await contact({ token: "nobody's" }, { email: null }), 401, "unauthorized");
  assert.equal((await owner.thread(visitor.room)).email, "ayse@example.org");
});

check("a chat is rated once it was closed, and anew, also when it is open again", async () => {
  const agent = await agentSocket(server, owner);
  const visitor = await newVisitor(server);
  const phone = await visitorSocket(server, visitor);
  await phone.say("soru");
  expectProblem(await rate(visitor, { rating: 5 }), 409, "open");
  await owner.patch(visitor.room, { status: "closed" });
  await expectDone(rate(visitor, { rating: 4 }));
  await agent.next("session", (s) => s.room === visitor.room && s.rating === 4);
  await phone.say("bir soru daha");
  await expectDone(rate(visitor, { rating: 5 }));
  await agent.next("session", (s) => s.room === visitor.room && s.rating === 5);
  assert.equal((await owner.thread(visitor.room)).rating, 5);
  // The same again is no news.
  await expectDone(rate(visitor, { rating: 5 }));
  await settled(agent, visitor.room, phone);
  assert.equal(agent.all("session").filter((s) => s.room === visitor.room && s.rating === 5 && s.name).length, 1);
});

check("a rating is a whole number from 1 to 5, of a visitor's own chat", async () => {
  const visitor = await newVisitor(server);
  await owner.patch(visitor.room, { status: "closed" });
  for (const rating of [0, 6, -1]) expectProblem(await rate(visitor, { rating }), 400, "invalid_field");
  for (const json of [{}, { rating: "5" }, { rating: 4.5 }, { rating: null }]) {
    expectProblem(await rate(visitor, json), 400, "invalid_body");
  }
  expectProblem(await rate({ token: "nobody's" }, { rating: 5 }), 401, "unauthorized");
  assert.equal((await owner.thread(visitor.room)).rating, undefined);
});

check("nothing is taken from a blocked visitor", async () => {
  const visitor = await newVisitor(server);
  await owner.patch(visitor.room, { status: "closed", blocked: true });
  expectProblem(await contact(visitor, { email: "a@example.org" }), 403, "blocked");
  expectProblem(await rate(visitor, { rating: 1 }), 403, "blocked");
});

check("who says too much waits", async () => {
  const strict = await Server.start({ env: {} });
  const visitor = await newVisitor(strict);
  const answers = [];
  for (let n = 0; n < 12; n++) {
    answers.push(await request(strict, "PATCH", "/api/session", { json: { email: null }, bearer: visitor.token }));
  }
  assert.equal(answers[0].status, 204);
  expectProblem(answers.at(-1), 429, "rate_limited");
  await strict.stop();
});
