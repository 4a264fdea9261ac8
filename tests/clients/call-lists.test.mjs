// A list of the right values is not the object that is asked for.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, endAllCalls, flushed, namesHeard, phoneOf, ringing } from "../support/calls.mjs";
import { check } from "../support/check.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { GOOD_CANDIDATES, OFFER_SDP } from "../support/webrtc.mjs";

let server;
let owner;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
});
afterEach(endAllCalls);
after(() => server.stop());

check("events that are lists: invalid, and nothing happens", async () => {
  const phone = await phoneOf(server, await newVisitor(server));
  expectRefusal(await phone.emit("call", ["audio"]), "invalid");
  const call = await ringing(server, { visitor: phone, agent: owner });
  for (const event of ["accept", "decline", "resume", "connected", "hangup"]) {
    for (const one of [call.caller, call.callee]) expectRefusal(await one.emit(event, [call.call_id]), "invalid");
  }
  await flushed(call.caller);
  assert.deepEqual(namesHeard(call.caller, call.call_id), []);
});

check("signals that are lists: invalid, and nobody hears of them", async () => {
  const { caller, callee, call_id } = await accepted(server, { visitor: await newVisitor(server), agent: owner });
  for (const data of [{ description: ["offer", OFFER_SDP] }, { candidate: [GOOD_CANDIDATES[1]] }, { candidate: [GOOD_CANDIDATES[1], "0", 0, "x"] }, { state: [true, true, true] }]) {
    expectRefusal(await caller.emit("signal", { call_id, ...data }), "invalid");
  }
  expectRefusal(await caller.emit("signal", [call_id, { type: "offer", sdp: OFFER_SDP }]), "invalid");
  await flushed(callee);
  assert.deepEqual(callee.all("signal"), []);
  expectOk(await caller.emit("hangup", { call_id }));
});
