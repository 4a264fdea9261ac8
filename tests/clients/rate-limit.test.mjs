import assert from "node:assert/strict";
import { after, beforeEach, describe } from "node:test";

import { check } from "../support/check.mjs";
import { pause } from "../support/deadline.mjs";
import { expectProblem, get, post } from "../support/http.mjs";
import { newOwner, newVisitor, PASSWORD } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { closeAllSockets, text, visitorSocket } from "../support/sockets.mjs";

const RAPID = 60;

let server;
async function serve(env = {}) {
  await server?.stop();
  server = await Server.start({ env: { KONUSMA_ENV: "development", ...env } });
}
after(() => server.stop());

const knock = (options) => get(server, "/health", options);

async function refusedAmong(count, options) {
  const answers = [];
  for (let i = 0; i < count; i += 1) answers.push(await knock(options));
  return answers.filter((a) => a.status !== 200);
}

describe("limits as people meet them", () => {
  beforeEach(() => serve());

  check("60 rapid requests to /health meet a 429 that says when to come back", async () => {
    const refused = await refusedAmong(RAPID);
    assert.ok(refused.length > 0, "no 429 among them");
    const { retry_after_ms } = expectProblem(refused[0], 429, "rate_limited");
    assert.ok(retry_after_ms <= Number(refused[0].headers["retry-after"]) * 1000);
    await pause(retry_after_ms);
    assert.equal((await knock()).status, 200, "the time it named was true");
  });

  check("another address is not punished for it", async () => {
    assert.ok((await refusedAmong(RAPID)).length > 0);
    assert.equal((await knock({ localAddress: "127.0.0.2" })).status, 200);
  });

  check("a header that anyone can write is no other address", async () => {
    let n = 0;
    const answers = [];
    for (let i = 0; i < RAPID; i += 1) {
      answers.push(await knock({ headers: { "X-Forwarded-For": `198.51.100.${n++}`, Forwarded: `for=198.51.100.${n}` } }));
    }
    assert.ok(answers.some((a) => a.status === 429));
  });

  check("a visitor who writes without pause is told when he may go on, and then may", async () => {
    const visitor = await newVisitor(server);
    const socket = await visitorSocket(server, visitor);
    const sent = Array.from({ length: 300 }, (_, i) => text(`acele ${i}`));
    const acks = await Promise.all(sent.map((m) => socket.emit("message", m)));
    const at = acks.findIndex((a) => !a.ok);
    assert.ok(at > 0, "the first one is taken, a later one is refused");
    assert.equal(acks[at].code, "rate_limited");
    assert.ok(acks[at].retry_after_ms > 0);
    await pause(acks[at].retry_after_ms);
    assert.equal((await socket.emit("message", sent[at])).ok, true);
    closeAllSockets();
  });

  check("guessing passwords is slowed down", async () => {
    await newOwner(server);
    const answers = [];
    for (let i = 0; i < 30; i += 1) {
      answers.push(await post(server, "/api/admin/login", { username: "mehmet", password: `guess ${i}` }));
    }
    const refused = answers.find((a) => a.status === 429);
    assert.ok(refused, "no 429 among 30 guesses");
    expectProblem(refused, 429, "rate_limited");
  });

  check("spelling the name differently is no new start", async () => {
    await newOwner(server);
    const answers = [];
    for (let i = 0; i < 100; i += 1) {
      const username = `${" ".repeat(i % 10)}${i % 2 ? "mehmet" : "MEHMET"}${" ".repeat(i % 7)}`;
      const from = { localAddress: `127.0.0.${2 + i}` };
      answers.push(await post(server, "/api/admin/login", { username, password: `guess ${i}` }, from));
    }
    assert.ok(answers.some((a) => a.status === 429), "no 429 among 100 guesses at one name from 100 addresses");
  });

  check("guessing one-time codes is slowed down, also over many sign-ins", async () => {
    const owner = await newOwner(server);
    const answers = [];
    for (let i = 0; i < 30 && !answers.some((a) => a.status === 429); i += 1) {
      const step = await post(server, "/api/admin/login", { username: owner.account.username, password: PASSWORD });
      answers.push(step);
      if (step.status !== 200) continue;
      for (let k = 0; k < 5; k += 1) {
        answers.push(await post(server, "/api/admin/otp", { challenge: JSON.parse(step.text).challenge, code: "no-code" }));
      }
    }
    const refused = answers.find((a) => a.status === 429);
    assert.ok(refused, "no 429 among 150 codes");
    expectProblem(refused, 429, "rate_limited");
  });

  check("connections are not opened without end", async () => {
    const answers = [];
    for (let i = 0; i < 200; i += 1) answers.push(await get(server, "/socket.io/?EIO=4&transport=polling"));
    assert.equal(answers[0].status, 200);
    const refused = answers.find((a) => a.status !== 200);
    assert.ok(refused, "no 429 among 200 handshakes");
    expectProblem(refused, 429, "rate_limited");
  });

  check("sessions are not given away without end", async () => {
    const answers = [];
    for (let i = 0; i < 100; i += 1) answers.push(await post(server, "/api/session", { name: "Ayşe" }));
    const refused = answers.find((a) => a.status === 429);
    assert.ok(refused, "no 429 among 100 sessions");
    expectProblem(refused, 429, "rate_limited");
  });
});

describe("behind a trusted proxy", () => {
  beforeEach(() => serve({ KONUSMA_TRUSTED_PROXIES: "127.0.0.1" }));

  const from = (address) => ({ headers: { "X-Forwarded-For": address } });

  check("each forwarded address has its own limit; what a client wrote in front of it does not count", async () => {
    const answers = [];
    for (let i = 0; i < RAPID; i += 1) answers.push(await knock(from(`198.51.100.${i}, 203.0.113.7`)));
    assert.ok(answers.some((a) => a.status === 429), "the right-most untrusted hop is the client");
    assert.equal((await knock(from("203.0.113.8"))).status, 200);
  });

  check("an IPv6 household is one client", async () => {
    const answers = [];
    for (let i = 0; i < RAPID; i += 1) answers.push(await knock(from(`2001:db8:1:2::${i.toString(16)}`)));
    assert.ok(answers.some((a) => a.status === 429), "one /64");
    assert.equal((await knock(from("2001:db8:1:3::1"))).status, 200);
  });
});
