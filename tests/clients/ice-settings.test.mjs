// Where browsers are sent to: KONUSMA_TURN_PORT, KONUSMA_PUBLIC_IP, KONUSMA_PUBLIC_URL, KONUSMA_ICE_SERVERS.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { afterEach } from "node:test";

import { expectOk } from "../support/acks.mjs";
import { accepted, endAllCalls } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, expectProblem, get, post } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { command, freePort, RELAY, Server, temporaryDirectory, UNLIMITED } from "../support/server.mjs";
import { CONFIG, refuses } from "../support/startup.mjs";

const OFF = { ...UNLIMITED, KONUSMA_TURN_PORT: "off" };

let server;
async function serve(env) {
  // With a public URL the ready line does not tell the port.
  server = await Server.start({ env, port: env.KONUSMA_PUBLIC_URL ? await freePort() : 0 });
  const owner = await newOwner(server);
  return { owner, visitor: await newVisitor(server) };
}
afterEach(async () => {
  await endAllCalls();
  await server?.stop();
  server = undefined;
});

const PATH = "/v1/api/ice-servers";
const serversOf = async (options) => expectJson(await get(server, PATH, options)).iceServers;
const relayOf = async (agent) => expectJson(await agent.get("/api/admin/relay"));
const tested = (agent) => eventually("the relay's first test", async () => {
  const report = await relayOf(agent);
  return report.state !== "untested" && report;
});
const warnings = async () => {
  const health = expectJson(await get(server, "/health"));
  assert.equal(health.ok, true);
  return health.warnings ?? [];
};

for (const [what, env, hosts] of [
  ["a public address", { KONUSMA_PUBLIC_IP: "203.0.113.9" }, ["203.0.113.9"]],
  ["an IPv6 address stands in brackets", { KONUSMA_PUBLIC_IP: "2001:db8::9" }, ["[2001:db8::9]"]],
  ["one of each family", { KONUSMA_PUBLIC_IP: "203.0.113.9, 2001:db8::9" }, ["203.0.113.9", "[2001:db8::9]"]],
  ["a public URL", { KONUSMA_PUBLIC_URL: "https://chat.example.com" }, ["chat.example.com"]],
  ["a public URL with a port", { KONUSMA_PUBLIC_URL: "https://chat.example.com:8443" }, ["chat.example.com"]],
  ["a public URL with an IPv6 address", { KONUSMA_PUBLIC_URL: "http://[2001:db8::9]:8080" }, ["[2001:db8::9]"]],
  ["an address goes before a URL", { KONUSMA_PUBLIC_IP: "203.0.113.9", KONUSMA_PUBLIC_URL: "https://chat.example.com" }, ["203.0.113.9"]],
]) {
  check(`${what}: whatever host the request names`, async () => {
    const { owner, visitor } = await serve({ ...RELAY, ...env });
    const { port } = await relayOf(owner);
    const stun = { urls: hosts.map((host) => `stun:${host}:${port}`) };
    assert.deepEqual(await serversOf({ headers: { Host: "evil.example.com" } }), [stun]);
    const [first, turn] = await serversOf({ bearer: visitor.token });
    assert.deepEqual(first, stun);
    assert.deepEqual(turn.urls, hosts.flatMap((host) => ["udp", "tcp"].map((transport) => `turn:${host}:${port}?transport=${transport}`)));
  });
}

check("the relay is tested at the start, and again when an agent asks", async () => {
  const { owner } = await serve(RELAY);
  const { port, checked_at, ...report } = await tested(owner);
  assert.deepEqual(report, { state: "ok", allocations: 0 });
  assert.ok(port > 0 && port < 65_536 && port !== server.port, `${port}`);
  assert.ok(Math.abs(Date.now() - checked_at) < 10_000);
  assert.deepEqual(await warnings(), []);
  const asked = Date.now();
  const again = expectJson(await owner.change("POST", "/api/admin/relay/test"));
  assert.ok(again.checked_at >= asked, "now");
  assert.deepEqual({ ...again, checked_at }, { state: "ok", port, checked_at, allocations: 0 });
});

check("how the relay is, is for agents; to test it wants a CSRF token, too", async () => {
  const { owner, visitor } = await serve(RELAY);
  const elif = await newAgent(server, "elif", "Elif");
  assert.equal((await tested(elif)).state, "ok", "any agent, not only an owner");
  for (const options of [{}, { bearer: visitor.token }, { cookie: `konusma=${"A".repeat(43)}` }]) {
    expectProblem(await get(server, "/api/admin/relay", options), 401, "unauthorized");
    const { status } = await post(server, "/api/admin/relay/test", undefined, options);
    assert.ok([400, 401].includes(status), `${status}`);
  }
  expectProblem(await post(server, "/api/admin/relay/test", undefined, { cookie: owner.cookie }), 400, "csrf");
});

check("off: nobody is told of anything, nothing is wrong, calls are made all the same", async () => {
  const { owner, visitor } = await serve(OFF);
  for (const options of [{}, { bearer: visitor.token }, { cookie: owner.cookie }]) assert.deepEqual(await serversOf(options), []);
  assert.deepEqual(await relayOf(owner), { state: "off", allocations: 0 });
  assert.equal(expectJson(await owner.change("POST", "/api/admin/relay/test")).state, "off");
  assert.deepEqual(await warnings(), []);
  const call = await accepted(server, { visitor, agent: owner });
  assert.deepEqual(call.ice_servers, []);
});

check("the servers of others are told as they are given, those with a password not to strangers", async () => {
  const listed = [
    { urls: "stun:stun.example.com" },
    { urls: ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:5349"], username: "user", credential: "geheim 🌹" },
  ];
  const { owner, visitor } = await serve({ ...RELAY, KONUSMA_ICE_SERVERS: JSON.stringify(listed) });
  const [stun, turn] = [{ urls: ["stun:stun.example.com"] }, listed[1]];
  assert.deepEqual(await serversOf(), [stun]);
  for (const options of [{ bearer: visitor.token }, { cookie: owner.cookie }]) assert.deepEqual(await serversOf(options), [stun, turn]);
  const call = await accepted(server, { visitor, agent: owner });
  assert.deepEqual(call.ice_servers, [stun, turn]);
  assert.deepEqual(expectOk(await call.agent.emit("resume", { call_id: call.call_id })).ice_servers, [stun, turn]);
  const report = await relayOf(owner);
  assert.deepEqual([report.state, report.port], ["external", undefined], "our own does not run beside it");
  assert.deepEqual(await warnings(), []);
  assert.ok(!server.log.some((line) => line.includes("geheim")), "a password is not logged");
});

const TAKEN = {
  udp: async () => {
    const socket = dgram.createSocket("udp4").bind(0, "0.0.0.0");
    await once(socket, "listening");
    return { port: socket.address().port, free: () => socket.close() };
  },
  tcp: async () => {
    const listener = net.createServer().listen(0, "0.0.0.0");
    await once(listener, "listening");
    return { port: listener.address().port, free: () => listener.close() };
  },
};

for (const [transport, take] of Object.entries(TAKEN)) {
  check(`a port whose ${transport.toUpperCase()} side is taken: the server starts and says what is wrong; calls are made all the same`, async () => {
    const { port, free } = await take();
    try {
      const { owner, visitor } = await serve({ ...UNLIMITED, KONUSMA_TURN_PORT: String(port) });
      const report = await relayOf(owner);
      assert.equal(report.state, "failed");
      assert.ok(report.fault.includes(String(port)), report.fault);
      assert.match(report.fault, /\.$/, "a sentence");
      const [warning, ...others] = await warnings();
      assert.deepEqual(others, []);
      assert.equal(warning.code, "relay");
      assert.ok(warning.title && warning.fix, JSON.stringify(warning));
      assert.ok(server.log.some((line) => /WARN/.test(line) && line.includes(String(port))), "said in the log, too");
      assert.deepEqual(await serversOf({ bearer: visitor.token }), [], "what does not work is not offered");
      const call = await accepted(server, { visitor, agent: owner });
      assert.deepEqual(call.ice_servers, []);
      assert.equal(expectJson(await owner.change("POST", "/api/admin/relay/test")).state, "failed");
    } finally {
      free();
    }
  });
}

check("two servers with one port: the second one goes without, the first one keeps its relay", async () => {
  const { owner } = await serve(RELAY);
  const { port } = await tested(owner);
  const second = await Server.start({ env: { ...UNLIMITED, KONUSMA_TURN_PORT: String(port) } });
  const other = await newOwner(second);
  assert.equal((await relayOf(other)).state, "failed");
  assert.equal(expectJson(await owner.change("POST", "/api/admin/relay/test")).state, "ok");
  await second.stop();
});

const json = JSON.stringify;
const NINE = json(Array.from({ length: 9 }, (_, i) => ({ urls: `stun:s${i}.example.com` })));
for (const [name, values] of Object.entries({
  KONUSMA_TURN_PORT: ["65536", "-1", "3478x", "OFF ", "none", "3478,3479", "0x10"],
  KONUSMA_PUBLIC_IP: ["example.com", "1.2.3", "0.0.0.0", "::", "224.0.0.1", "203.0.113.9,203.0.113.10", "203.0.113.9:3478", "[2001:db8::9]"],
  KONUSMA_ICE_SERVERS: [
    "stun:a.example.com", "[]", "{}", "[7]", '["stun:a.example.com"]', "[{}]", json([{ urls: [] }]), json([{ urls: "" }]),
    json([{ urls: "http://a.example.com" }]), json([{ urls: "stun://a.example.com" }]), json([{ urls: "turn:a.example.com" }]),
    json([{ urls: "turn:a.example.com", username: "u" }]), json([{ urls: "stun:a b" }]), json([{ urls: "stun:a", extra: 1 }]), NINE,
  ],
})) {
  check(`${name} that makes no sense is refused with a sentence that names it`, async () => {
    const dir = temporaryDirectory();
    for (const value of values) await refuses(CONFIG, name, ["--port", "0", "--data-dir", dir], { env: { ...UNLIMITED, [name]: value } });
  });
}

check("faults of all three are told at once, with those of others; a password in them is not repeated", async () => {
  const env = {
    PORT: "seventy", KONUSMA_TURN_PORT: "x", KONUSMA_PUBLIC_IP: "y",
    KONUSMA_ICE_SERVERS: json([{ urls: "turn:a.example.com", username: "u", credential: "geheim" }, { urls: "nonsense" }]),
  };
  const said = await refuses(CONFIG, Object.keys(env), ["--data-dir", temporaryDirectory()], { env });
  assert.ok(!said.includes("geheim"), said);
});

check("flags do the same as the environment, and go before it", async () => {
  const { code, stderr } = await command(["serve", "--turn-port", "x", "--data-dir", temporaryDirectory()], { env: { KONUSMA_TURN_PORT: "off" } });
  assert.equal(code, CONFIG, stderr);
  assert.ok(stderr.includes("turn-port") || stderr.includes("KONUSMA_TURN_PORT"), stderr);
});
