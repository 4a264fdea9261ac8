import assert from "node:assert/strict";
import { after, before } from "node:test";

import { check } from "../support/check.mjs";
import { get, post, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { freePort, Server } from "../support/server.mjs";

let server;
let owner;
let visitor;
before(async () => {
  server = await Server.start({ env: { KONUSMA_ENV: "development" } });
  owner = await newOwner(server);
  visitor = await newVisitor(server);
});
after(() => server.stop());

const ANSWERS = {
  "the visitor's page": () => get(server, "/"),
  "the agents' page": () => get(server, "/admin"),
  "an asset": async () => get(server, /\/assets\/[^"]+\.js/.exec((await get(server, "/")).text)[0]),
  "an API answer": () => get(server, "/api/info"),
  "an agent's answer": () => owner.get("/api/admin/me"),
  "a created session": () => post(server, "/api/session", { name: "A" }),
  "an unknown path": () => get(server, "/nothing/here"),
  "an unknown API path": () => get(server, "/api/nothing"),
  "an unknown asset": () => get(server, "/assets/nothing-00000000.js"),
  "a path outside": () => get(server, "/assets/..%2f..%2fetc%2fpasswd"),
  "a wrong method": () => request(server, "PUT", "/api/session"),
  "broken JSON": () => request(server, "POST", "/api/session", { body: "{", headers: { "Content-Type": "application/json" } }),
  "a refused login": () => post(server, "/api/admin/login", { username: "x", password: "y" }),
  "no token": () => get(server, "/api/messages"),
  "a foreign origin": () => post(server, "/api/session", { name: "A" }, { headers: { Origin: "https://evil.example" } }),
  "too large": () =>
    request(server, "POST", "/api/session", { body: "x".repeat(100_000), headers: { "Content-Type": "application/json" } }),
  "a refused upload": () => request(server, "POST", "/api/uploads", { body: "x" }),
  "a file's link that does not hold": () => get(server, "/files/xxxxxxxxxxxxxxxx/a.txt?exp=1&sig=x"),
  "a polling handshake": () => get(server, "/socket.io/?EIO=4&transport=polling"),
  "a refused polling handshake": () => get(server, "/socket.io/?EIO=4&transport=polling&sid=nobody"),
  "a foreign polling handshake": () =>
    get(server, "/socket.io/?EIO=4&transport=polling", { headers: { Origin: "https://evil.example" } }),
  "a rate limit": async () => {
    let answer;
    for (let i = 0; i < 200 && answer?.status !== 429; i += 1) answer = await get(server, "/health");
    assert.equal(answer.status, 429);
    return answer;
  },
};

const DIRECTIVES = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'self'",
  "frame-ancestors": "'none'",
  "img-src": "'self' data: blob:",
  "media-src": "'self' blob:",
};

for (const [what, ask] of Object.entries(ANSWERS)) {
  check(`${what} carries every security header`, async () => {
    const { headers } = await ask();
    const policy = Object.fromEntries(
      (headers["content-security-policy"] ?? "").split(";").map((d) => {
        const [name, ...values] = d.trim().split(/\s+/);
        return [name, values.join(" ")];
      }),
    );
    for (const [directive, value] of Object.entries(DIRECTIVES)) assert.equal(policy[directive], value, directive);
    assert.ok(!/unsafe|\*|https?:(\s|;|$)/.test(headers["content-security-policy"]), headers["content-security-policy"]);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.ok(headers["referrer-policy"], "Referrer-Policy");
    assert.ok(headers["permissions-policy"], "Permissions-Policy");
    assert.equal(headers["strict-transport-security"], undefined, "only on HTTPS");
    assert.equal(headers["x-powered-by"], undefined);
  });
}

check("behind HTTPS, browsers are told to stay there", async () => {
  const secure = await Server.start({
    port: await freePort(),
    env: { KONUSMA_ENV: "development", KONUSMA_PUBLIC_URL: "https://chat.example", KONUSMA_TRUSTED_PROXIES: "127.0.0.1" },
  });
  const answer = await get(secure, "/", { headers: { "X-Forwarded-Proto": "https", Host: "chat.example" } });
  assert.match(answer.headers["strict-transport-security"] ?? "", /max-age=\d{7,}/);
  await secure.stop();
});

check("what is private is not kept by caches", async () => {
  for (const answer of [
    await owner.get("/api/admin/me"),
    await get(server, "/api/messages", { bearer: visitor.token }),
    await post(server, "/api/session", { name: "A" }),
  ]) {
    assert.match(answer.headers["cache-control"] ?? "", /no-store/);
  }
});

check("assets are immutable, compressed when asked, and revalidated cheaply", async () => {
  // The style: a script of the page may be one line that packing would only make longer.
  const [path] = /\/assets\/[^"]+\.css/.exec((await get(server, "/")).text);
  const plain = await get(server, path);
  assert.match(plain.headers["cache-control"], /immutable/);
  assert.match(plain.headers["content-type"], /css/);
  for (const encoding of ["br", "gzip"]) {
    const packed = await get(server, path, { headers: { "Accept-Encoding": encoding } });
    assert.equal(packed.headers["content-encoding"], encoding);
    assert.match(packed.headers.vary ?? "", /accept-encoding/i);
    assert.ok(packed.bytes.length < plain.bytes.length);
  }
  const again = await get(server, path, { headers: { "If-None-Match": plain.headers.etag } });
  assert.equal(again.status, 304);
});
