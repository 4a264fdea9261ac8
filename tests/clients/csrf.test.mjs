import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, expectProblem, get, request } from "../support/http.mjs";
import { newOwner, newVisitor, signInAgain } from "../support/people.mjs";
import { Server } from "../support/server.mjs";

let server;
let owner;
let room;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  ({ room } = await newVisitor(server));
});
after(() => server.stop());

const CHANGES = [
  ["PATCH", () => `/api/admin/sessions/${room}`, { note: "olmaz" }],
  ["DELETE", () => `/api/admin/sessions/${room}`],
  ["DELETE", () => "/api/admin/logins"],
  ["DELETE", () => "/api/admin/logins/1"],
  ["POST", () => "/api/admin/logout"],
  ["PUT", () => "/api/admin/settings", { business_name: "Başka" }],
];

const change = (method, path, json, options) =>
  request(server, method, path, { json, cookie: owner.cookie, headers: { Origin: server.url }, ...options });

for (const [method, path, json] of CHANGES) {
  check(`${method} ${path().replace(/undefined/, "{room}")} needs the token of our own page`, async () => {
    const other = await signInAgain(owner);
    const { token: foreign } = expectJson(await other.get("/api/csrf"));
    for (const csrf of [undefined, "x", foreign]) {
      expectProblem(await change(method, path(), json, { csrf }), 400, "csrf");
    }
  });
}

check("the right token from a foreign origin, or from none, is refused", async () => {
  const { token: csrf } = expectJson(await owner.get("/api/csrf"));
  const from = (headers) => change("PATCH", `/api/admin/sessions/${room}`, { note: "x" }, { csrf, headers });
  expectProblem(await from({ Origin: "https://evil.example" }), 403, "origin");
  expectProblem(await from({}), 400, "csrf");
});

check("none of it changed anything, and the right token does", async () => {
  assert.equal((await owner.thread(room)).note, "");
  assert.equal((await owner.patch(room, { note: "tamam" })).note, "tamam");
});

check("the token is for agents only", async () => {
  expectProblem(await get(server, "/api/csrf"), 401, "unauthorized");
});
