// The credentials we hand out, tried at our relay with a client of the tests' own, over UDP and TCP: they work, and no others do.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { connected, endAllCalls } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { RELAY, Server } from "../support/server.mjs";
import { credentialOf, readServers, TurnClient } from "../support/turn.mjs";

const SECRET_KEY = "0123456789abcdef0123456789abcdef0123456789abcdef";
const TRANSPORTS = ["udp", "tcp"];

let server;
let owner;
let clients = [];
before(async () => {
  server = await Server.start({ env: { ...RELAY, SECRET_KEY } });
  owner = await newOwner(server);
});
afterEach(async () => {
  // Over UDP an allocation outlives its client.
  await Promise.all(clients.filter((c) => c.allocated).map((c) => c.refresh(0)));
  for (const client of clients) client.close();
  clients = [];
  await endAllCalls();
});
after(() => server.stop());

const serversOf = async (options) => readServers(expectJson(await get(server, "/v1/api/ice-servers", options)).iceServers);
const ofVisitor = async (visitor) => serversOf({ bearer: (visitor ?? (await newVisitor(server))).token });
const ofAgent = () => serversOf({ cookie: owner.cookie });

async function open(transport, servers) {
  const client = await TurnClient.open(transport, servers.turn[transport]);
  clients.push(client);
  return client;
}

/** A client with an allocation. */
async function allocated(transport, servers) {
  const client = await open(transport, servers);
  const { code, ...allocation } = await client.allocate(servers);
  assert.equal(code, undefined, `${transport}: error ${code}`);
  client.allocated = true;
  return Object.assign(client, allocation);
}

const codeOf = async (transport, servers, changed) => (await (await open(transport, servers)).allocate({ ...servers, ...changed })).code;
const seconds = () => Math.floor(Date.now() / 1000);
const minted = (username) => ({ username, credential: credentialOf(SECRET_KEY, username) });
const allocations = async () => expectJson(await owner.get("/api/admin/relay")).allocations;

for (const transport of TRANSPORTS) {
  check(`${transport}: STUN tells anybody his address`, async () => {
    const { stun } = await serversOf();
    const client = await TurnClient.open(transport, stun);
    assert.deepEqual(await client.binding(), { host: client.address, port: client.port });
    client.close();
  });

  check(`${transport}: a stranger is asked for credentials; a visitor's and an agent's are taken`, async () => {
    for (const servers of [await ofVisitor(), await ofAgent()]) {
      const client = await open(transport, servers);
      const { code, realm, nonce } = await client.challenge();
      assert.deepEqual([code, realm], [401, "konusma"]);
      assert.ok(nonce.length >= 8);
      const allocation = await allocated(transport, servers);
      assert.deepEqual(allocation.mapped, { host: allocation.address, port: allocation.port });
      assert.equal(allocation.relayed.host, servers.turn[transport].host);
      assert.ok(allocation.relayed.port > 0);
      assert.equal(allocation.lifetime, 600);
    }
  });

  check(`${transport}: changed credentials are refused with 401`, async () => {
    const [mine, other] = [await ofVisitor(), await ofVisitor()];
    const [expiry, room] = mine.username.split(":");
    const [, otherRoom] = other.username.split(":");
    for (const [what, changed] of Object.entries({
      "another's password": { credential: other.credential },
      "another's name": { username: other.username },
      "a longer life": { username: mine.username.replace(expiry, String(Number(expiry) + 1)) },
      "another room": { username: mine.username.replace(room, otherRoom) },
      "another role": { username: mine.username.replace(/v$/, "a") },
      "no role": { username: `${expiry}:${room}` },
      "an empty name": { username: "" },
      "an empty password": { credential: "" },
      "one letter of the password": { credential: mine.credential.replace(/^./, (c) => (c === "A" ? "B" : "A")) },
      "the room's id as the password": { credential: room },
      "an empty room, well signed": minted(`${expiry}::v`),
      "a role that is none, well signed": minted(`${expiry}:${room}:x`),
      "no number, well signed": minted(`soon:${room}:v`),
      "a negative number, well signed": minted(`-1:${room}:v`),
    })) {
      assert.equal(await codeOf(transport, mine, changed), 401, what);
    }
    assert.equal(await codeOf(transport, mine), undefined, "and what we handed out still works");
    clients.at(-1).allocated = true;
  });

  check(`${transport}: credentials are good for their hour, and for no more`, async () => {
    const servers = await ofVisitor();
    const [, room] = servers.username.split(":");
    for (const [left, code] of [[-86_400, 401], [-1, 401], [0, 401], [30, undefined], [3_590, undefined], [7_200, 401], [365 * 86_400, 401]]) {
      assert.equal(await codeOf(transport, servers, minted(`${seconds() + left}:${room}:v`)), code, `${left} s left`);
      clients.at(-1).allocated = code === undefined;
    }
  });
}

for (const one of TRANSPORTS) {
  for (const other of TRANSPORTS) {
    check(`${one} to ${other}: the two sides of a call reach each other with what their acks gave them`, async () => {
      const visitor = await newVisitor(server);
      const call = await connected(server, { visitor, agent: owner });
      const resumed = async (phone) => readServers((await phone.emit("resume", { call_id: call.call_id })).ice_servers);
      const a = await allocated(one, await resumed(call.visitor));
      const b = await allocated(other, await resumed(call.agent));
      assert.equal(await a.permit(b.relayed), undefined);
      assert.equal(await b.permit(a.relayed), undefined);
      for (const data of ["x", "merhaba", "k".repeat(1000)]) {
        a.send(b.relayed, data);
        assert.deepEqual(await b.data(), { from: a.relayed, data });
        b.send(a.relayed, data);
        assert.deepEqual(await a.data(), { from: b.relayed, data });
      }
    });
  }
}

check("another room's allocation is not reached, although both have credentials", async () => {
  const visitor = await newVisitor(server);
  const [a, b] = [await allocated("udp", await ofVisitor(visitor)), await allocated("udp", await ofVisitor(visitor))];
  const stranger = await allocated("udp", await ofVisitor());
  await b.permit(a.relayed);
  await b.permit(stranger.relayed);
  await stranger.permit(b.relayed);
  await a.permit(b.relayed);
  for (let i = 0; i < 20; i += 1) stranger.send(b.relayed, `yabancı ${i}`);
  // Behind it on the same machine: the relay handles one packet after the other.
  assert.equal(await stranger.refresh(600), undefined);
  a.send(b.relayed, "tanıdık");
  assert.deepEqual(await b.data(), { from: a.relayed, data: "tanıdık" }, "the first that is heard");
});

check("nothing but allocations is reached: not our own HTTP port, not another service, not the world", async () => {
  const client = await allocated("udp", await ofVisitor());
  for (const host of ["10.0.0.1", "169.254.169.254", "127.0.0.2", "192.168.1.1", "8.8.8.8"]) {
    assert.equal(await client.permit({ host, port: server.port }), 403, host);
  }
  await client.permit({ host: client.relayed.host, port: server.port });
  client.send({ host: client.relayed.host, port: server.port }, "GET / HTTP/1.1\r\n\r\n");
  assert.equal(await client.refresh(600), undefined, "it goes on");
});

check("who has gone takes no place: over TCP at once, over UDP when he says so", async () => {
  await eventually("an empty relay", async () => (await allocations()) === 0);
  const [udp, tcp] = [await allocated("udp", await ofVisitor()), await allocated("tcp", await ofAgent())];
  assert.equal(await allocations(), 2);
  assert.equal(expectJson(await get(server, "/debug/memory")).relay_allocations, 2);
  tcp.close();
  tcp.allocated = false;
  await eventually("one left", async () => (await allocations()) === 1);
  assert.equal(await udp.refresh(0), undefined);
  udp.allocated = false;
  await eventually("none left", async () => (await allocations()) === 0);
  assert.equal(await udp.refresh(600), 437, "there is none to refresh");
});

check("credentials of another server are strangers here", async () => {
  const other = await Server.start({ env: RELAY });
  const visitor = await newVisitor(other);
  const theirs = readServers(expectJson(await get(other, "/v1/api/ice-servers", { bearer: visitor.token })).iceServers);
  const ours = await ofVisitor();
  for (const transport of TRANSPORTS) {
    assert.equal(await codeOf(transport, ours, { username: theirs.username, credential: theirs.credential }), 401);
  }
  await other.stop();
});

check("credentials survive a restart of the server: calls go on", async () => {
  const visitor = await newVisitor(server);
  const before = await ofVisitor(visitor);
  const { dir, port } = server;
  await server.stop();
  server = await Server.start({ dir, port, env: { ...RELAY, SECRET_KEY } });
  owner.server = server;
  const { turn } = await ofVisitor(visitor);
  await allocated("udp", { ...before, turn });
});
