// GET /v1/api/ice-servers: who is told of which servers, and with which credentials.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk } from "../support/acks.mjs";
import { accepted, endAllCalls, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { expectJson, expectProblem, get, request } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { RELAY, Server } from "../support/server.mjs";
import { credentialOf } from "../support/turn.mjs";

const PATH = "/v1/api/ice-servers";
const TTL_S = 3600;
const SECRET_KEY = "0123456789abcdef0123456789abcdef0123456789abcdef";

let server;
let owner;
let port;
before(async () => {
  server = await Server.start({ env: { ...RELAY, SECRET_KEY } });
  owner = await newOwner(server);
  ({ port } = expectJson(await owner.get("/api/admin/relay")));
});
afterEach(endAllCalls);
after(() => server.stop());

const ask = async (options) => expectJson(await get(server, PATH, options));
const stun = (host) => ({ urls: [`stun:${host}:${port}`] });
const turnUrls = (host) => [`turn:${host}:${port}?transport=udp`, `turn:${host}:${port}?transport=tcp`];

/** The two servers a side is told of; answers the parts of the user name. */
function expectSide(iceServers, role) {
  const [first, { username, credential, ...turn }, ...others] = iceServers;
  assert.deepEqual([first, turn, others], [stun("127.0.0.1"), { urls: turnUrls("127.0.0.1") }, []]);
  const [expiry, room, side, ...rest] = username.split(":");
  assert.deepEqual([side, rest], [role, []]);
  const left = Number(expiry) - Date.now() / 1000;
  assert.ok(left > TTL_S - 60 && left <= TTL_S + 1, `${expiry}: an hour, not more`);
  assert.equal(credential, credentialOf(SECRET_KEY, username), "the password is an HMAC of the user name");
  return { room, username };
}

check("a stranger is told of STUN, and gets no credentials", async () => {
  const answer = await get(server, PATH);
  assert.deepEqual(expectJson(answer), { iceServers: [stun("127.0.0.1")], ttl: TTL_S });
});

check("a visitor gets credentials of his room", async () => {
  const { room, token } = await newVisitor(server);
  const { iceServers, ttl } = await ask({ bearer: token });
  assert.equal(ttl, TTL_S);
  assert.equal(expectSide(iceServers, "v").room, room);
});

check("an agent gets credentials of no visitor's room", async () => {
  const { iceServers, ttl } = await ask({ cookie: owner.cookie });
  assert.equal(ttl, TTL_S);
  const { room } = expectSide(iceServers, "a");
  const visitor = await newVisitor(server);
  assert.notEqual(room, visitor.room);
});

check("who says who he is, and is not, is refused: no token is like none", async () => {
  const { room, token } = await newVisitor(server);
  for (const bearer of ["0".repeat(43), room, `${token}x`, token.slice(1)]) {
    expectProblem(await get(server, PATH, { bearer }), 401, "unauthorized");
  }
  expectProblem(await get(server, PATH, { headers: { Authorization: "Basic eDp5" } }), 401, "unauthorized");
  const erased = await newVisitor(server);
  assert.equal((await owner.change("DELETE", `/api/admin/sessions/${erased.room}`)).status, 204);
  expectProblem(await get(server, PATH, { bearer: erased.token }), 401, "unauthorized");
});

check("a cookie that is no login is a stranger's; a token goes before a cookie", async () => {
  const forged = `konusma=${"A".repeat(43)}`;
  assert.deepEqual((await ask({ cookie: forged })).iceServers, [stun("127.0.0.1")]);
  const { token, room } = await newVisitor(server);
  assert.equal(expectSide((await ask({ bearer: token, cookie: owner.cookie })).iceServers, "v").room, room);
});

check("credentials are for nobody's cache", async () => {
  const { token } = await newVisitor(server);
  for (const options of [{ bearer: token }, { cookie: owner.cookie }]) {
    assert.match((await get(server, PATH, options)).headers["cache-control"] ?? "", /no-store/);
  }
});

check("only GET, and no room can be asked for", async () => {
  for (const method of ["POST", "PUT", "DELETE"]) assert.equal((await request(server, method, PATH)).status, 405, method);
  const [mine, other] = [await newVisitor(server), await newVisitor(server)];
  for (const path of [`${PATH}?room=${other.room}`, `${PATH}/${other.room}`]) {
    const answer = await get(server, path, { bearer: mine.token });
    if (answer.status === 200) assert.equal(expectSide(expectJson(answer).iceServers, "v").room, mine.room);
  }
});

check("the host is the one the request was sent to", async () => {
  for (const [host, expected] of [
    ["chat.example.com", "chat.example.com"],
    ["chat.example.com:8443", "chat.example.com"],
    ["192.0.2.7:10000", "192.0.2.7"],
    ["[2001:db8::7]:10000", "[2001:db8::7]"],
    ["[::1]", "[::1]"],
  ]) {
    const { iceServers } = await ask({ headers: { Host: host } });
    assert.deepEqual(iceServers, [stun(expected)], host);
  }
});

check("a host that is none does not get into a URL", async () => {
  for (const host of ["a b", "a/b", "a?transport=tcp", "a@b", "a,turn:evil", "<script>", "a\\b", "x:y:z"]) {
    const answer = await get(server, PATH, { headers: { Host: host } });
    if (answer.status !== 200) continue;
    for (const url of expectJson(answer).iceServers.flatMap((s) => s.urls)) {
      assert.match(url, /^stun:([A-Za-z0-9._-]+|\[[0-9a-f:.]+\]):\d+$/, `Host: ${host}`);
    }
  }
});

check("the two sides of a call get credentials of the same room, however they come to it", async () => {
  const visitor = await newVisitor(server);
  const [tab, desk] = [await phoneOf(server, visitor), await phoneOf(server, owner)];
  const first = await ringing(server, { visitor: tab, agent: desk, room: visitor.room });
  const { ice_servers } = expectOk(await desk.emit("accept", { call_id: first.call_id }));
  assert.equal(expectSide(first.ice_servers, "v").room, visitor.room);
  assert.equal(expectSide(ice_servers, "a").room, visitor.room);
  for (const [phone, role] of [[tab, "v"], [desk, "a"]]) {
    const ack = expectOk(await phone.emit("resume", { call_id: first.call_id }));
    assert.equal(expectSide(ack.ice_servers, role).room, visitor.room);
  }
  expectOk(await tab.emit("hangup", { call_id: first.call_id }));
  const second = await ringing(server, { visitor: tab, agent: desk, by: "agent", room: visitor.room });
  assert.equal(expectSide(second.ice_servers, "a").room, visitor.room);
  const glare = expectOk(await tab.emit("call", { media: "audio" }));
  assert.equal(glare.accepted, true);
  assert.equal(expectSide(glare.ice_servers, "v").room, visitor.room);
});

check("an agent's accept of one room says nothing of another", async () => {
  const call = await accepted(server, { visitor: await newVisitor(server), agent: owner });
  const other = await newVisitor(server);
  assert.notEqual(expectSide((await ask({ cookie: owner.cookie })).iceServers, "a").room, call.room);
  assert.equal(expectSide((await ask({ bearer: other.token })).iceServers, "v").room, other.room);
});
