// The log tells that there was a call, and nothing of what was in it: at its most talkative, through every kind of ending.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, endAllCalls, endedRow, hangUp, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { expectJson, get } from "../support/http.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { RELAY, Server } from "../support/server.mjs";
import { readServers, TurnClient } from "../support/turn.mjs";
import { BAD_CANDIDATES, BAD_SDP, candidate, offer, OFFER_SDP } from "../support/webrtc.mjs";

check("SDP, candidates, addresses in them, names and TURN credentials are in no line of the log, debug lines included", async () => {
  const server = await Server.start({ env: { ...RELAY, KONUSMA_LOG_LEVEL: "debug" } });
  const owner = await newOwner(server);
  const visitor = await newVisitor(server, { name: "Gizemli Müşteri" });
  const call = await accepted(server, { visitor, agent: owner, media: "video" });
  const { call_id, caller, callee } = call;
  const mark = "GIZLI-ISARET";
  const marked = OFFER_SDP.replace("opus", mark);
  for (const phone of [caller, callee]) {
    for (const data of [offer(marked), candidate(7)]) expectOk(await phone.emit("signal", { call_id, ...data }), []);
    for (const sdp of Object.values(BAD_SDP)) expectRefusal(await phone.emit("signal", { call_id, ...offer(sdp.replace("a=mid", `a=${mark}`)) }), "invalid");
    for (const text of Object.values(BAD_CANDIDATES)) expectRefusal(await phone.emit("signal", { call_id, ...candidate(0, { candidate: `${text} ${mark}` }) }), "invalid");
    expectRefusal(await phone.emit("signal", { call_id: mark, ...offer(marked) }), "call");
    expectRefusal(await phone.emit(mark, {}), "unknown_event");
    expectRefusal(await phone.emit("call", { media: mark }), "invalid");
  }
  const servers = [readServers(call.ice_servers), readServers(expectJson(await get(server, "/v1/api/ice-servers", { bearer: visitor.token })).iceServers)];
  for (const one of servers) {
    const client = await TurnClient.open("udp", one.turn.udp);
    assert.equal((await client.allocate({ ...one, credential: mark })).code, 401);
    assert.equal((await client.allocate(one)).code, undefined);
    await client.refresh(0);
    client.close();
  }
  expectOk(await callee.emit("connected", { call_id }));
  await hangUp(call);
  await endedRow(server, call_id);
  const missed = await ringing(server, { visitor: await phoneOf(server, visitor), agent: callee, room: visitor.room });
  await hangUp(missed);
  await endedRow(server, missed.call_id);
  await endAllCalls();
  await server.stop();

  const log = readFileSync(path.join(server.dir, "logs", "app.log"), "utf8") + server.log.filter((line) => line.startsWith("err")).join("\n");
  assert.ok(log.includes("DEBUG"), "debug lines are there, or this says nothing");
  for (const { call_id: told } of [call, missed]) assert.ok(log.includes(told), "that there was a call is told");
  const secrets = [
    mark, "Gizemli", visitor.token, "v=0", "m=audio", "opus", "ice-ufrag", "ice-pwd", "EsAw", "fingerprint", "candidate:", "typ host", "192.0.2.7",
    ...servers.flatMap(({ username, credential }) => [username, credential]),
  ];
  for (const secret of secrets) assert.ok(!log.includes(secret), `the log has ${secret}: ${log.split("\n").find((line) => line.includes(secret))}`);
});
