import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { expectJson, get, request } from "../support/http.mjs";
import { Server } from "../support/server.mjs";

/** Every call that the contract names. */
const CALLS = {
  "/health": ["get"],
  "/debug/memory": ["get"],
  "/debug/clock": ["post"],
  "/api/info": ["get"],
  "/api/session": ["post", "patch"],
  "/api/session/rating": ["put"],
  "/api/messages": ["get"],
  "/api/csrf": ["get"],
  "/api/admin/setup": ["post"],
  "/api/admin/setup/finish": ["post"],
  "/api/admin/login": ["post"],
  "/api/admin/otp": ["post"],
  "/api/admin/logout": ["post"],
  "/api/admin/me": ["get"],
  "/api/admin/logins": ["get", "delete"],
  "/api/admin/logins/{id}": ["delete"],
  "/api/admin/sessions": ["get"],
  "/api/admin/sessions/{room}": ["get", "patch", "delete"],
  "/api/admin/sessions/{room}/messages": ["get"],
  "/api/admin/sessions/{room}/export": ["get"],
  "/api/admin/settings": ["get", "put"],
};

let server;
let api;
before(async () => {
  server = await Server.start();
  api = expectJson(await get(server, "/api/openapi.json"));
});
after(() => server.stop());

check("it is OpenAPI 3 of this version", () => {
  assert.match(api.openapi, /^3\./);
  assert.equal(api.info.version, server.version);
});

for (const [path, methods] of Object.entries(CALLS)) {
  check(`${path} is described`, () => {
    for (const method of methods) {
      const call = api.paths[path]?.[method];
      assert.ok(call, `${method} ${path}`);
      assert.ok(call.summary || call.description, "in words");
      assert.ok(Object.keys(call.responses).length > 0, "with its answers");
      if (["post", "put", "patch"].includes(method) && !path.endsWith("/logout")) assert.ok(call.requestBody, "with its body");
    }
  });
}

check("nothing is described that is not there", async () => {
  for (const [path, calls] of Object.entries(api.paths)) {
    for (const method of Object.keys(calls)) {
      const answer = await request(server, method.toUpperCase(), path.replace(/\{\w+\}/g, "x"));
      const unknown = answer.status === 405 || (answer.status === 404 && !path.includes("{"));
      assert.ok(!unknown, `${method} ${path}: ${answer.status}`);
    }
  }
});

check("every reference leads somewhere", () => {
  for (const [, target] of JSON.stringify(api).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = target.split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], api);
    assert.ok(found, target);
  }
});
