// What the two sides of a call tell each other: passed on as it is, in order, to nobody else, and only if it has the form.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { expectOk, expectRefusal } from "../support/acks.mjs";
import { accepted, connected, endAllCalls, endOf, flushed, hangUp, heard, phoneOf, ringing, SIDES } from "../support/calls.mjs";
import { check, overEveryTransport } from "../support/check.mjs";
import { DEADLINE_MS, pause, within } from "../support/deadline.mjs";
import { get } from "../support/http.mjs";
import { newAgent, newOwner, newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { answer, BAD_CANDIDATES, BAD_SDP, candidate, GOOD_CANDIDATES, offer, OFFER_SDP, state } from "../support/webrtc.mjs";

const CANDIDATES = 200;
const FRAME_BYTES = 64 * 1024;

let server;
let owner;
let elif;
before(async () => {
  server = await Server.start();
  owner = await newOwner(server);
  elif = await newAgent(server, "elif", "Elif");
});
afterEach(endAllCalls);
after(() => server.stop());

const signal = (phone, { call_id }, data) => phone.emit("signal", { call_id, ...data });
const signals = (phone, { call_id }) => heard(phone, call_id).filter(({ event }) => event === "signal").map(({ event, call_id: _, ...rest }) => rest);

/** Taken, and the other side has exactly this. */
async function passes(call, from, to, data) {
  expectOk(await signal(from, call, data), []);
  assert.deepEqual(await to.next("signal"), { call_id: call.call_id, ...data });
}

overEveryTransport(({ transports }) => {
  check(`${CANDIDATES} candidates of each side, sent without waiting, keep their order; so does what stands between them`, async () => {
    const visitor = await newVisitor(server);
    const call = await accepted(server, { visitor, agent: owner, transports });
    const sent = [offer(), ...Array.from({ length: CANDIDATES }, (_, n) => candidate(n)), { candidate: { candidate: "" } }, answer(), state({ video: true })];
    const acks = await Promise.all([call.visitor, call.agent].flatMap((from) => sent.map((data) => signal(from, call, data))));
    for (const ack of acks) expectOk(ack, []);
    await flushed(call.visitor, call.agent);
    for (const phone of [call.visitor, call.agent]) assert.deepEqual(signals(phone, call), sent);
  });

  check("signals go to the two who talk, and to none of their other tabs, nor to anybody else", async () => {
    const [visitor, other] = [await newVisitor(server), await newVisitor(server)];
    const bystanders = [];
    for (const who of [visitor, visitor, owner, elif, other]) bystanders.push(await phoneOf(server, who, { transports }));
    const elsewhere = await accepted(server, { visitor: other, agent: elif, transports });
    const call = await accepted(server, { visitor, agent: owner, transports });
    await passes(call, call.visitor, call.agent, offer());
    await passes(call, call.agent, call.visitor, answer());
    for (const stranger of [...bystanders, elsewhere.visitor, elsewhere.agent]) {
      for (const data of [offer(), candidate(), state()]) expectRefusal(await signal(stranger, call, data), "call");
    }
    await flushed(call.visitor, call.agent, ...bystanders, elsewhere.visitor, elsewhere.agent);
    assert.deepEqual(signals(call.visitor, call), [answer()]);
    assert.deepEqual(signals(call.agent, call), [offer()]);
    for (const stranger of [...bystanders, elsewhere.visitor, elsewhere.agent]) assert.deepEqual(signals(stranger, call), []);
  });
});

for (const by of SIDES) {
  check(`${by}'s call: nobody signals before it is answered, nor after it is over`, async () => {
    const call = await ringing(server, { visitor: await newVisitor(server), agent: owner, by });
    const refused = async () => {
      for (const phone of [call.caller, call.callee]) {
        for (const data of [offer(), candidate(), state()]) expectRefusal(await signal(phone, call, data), "call");
      }
    };
    await refused();
    expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
    await passes(call, call.caller, call.callee, offer());
    await hangUp(call);
    await refused();
    assert.deepEqual([...signals(call.caller, call), ...signals(call.callee, call)], [offer()]);
    expectRefusal(await signal(call.caller, { call_id: "0123456789abcdef" }, state()), "call");
  });
}

check("what browsers make passes as it is", async () => {
  const call = await accepted(server, { visitor: await newVisitor(server), agent: owner });
  const { caller, callee } = call;
  for (const text of GOOD_CANDIDATES) {
    await passes(call, caller, callee, { candidate: { candidate: text } });
    await passes(call, callee, caller, { candidate: { candidate: text, sdpMid: "audio-1", sdpMLineIndex: 2, usernameFragment: "a+/9" } });
  }
  for (const on of [true, false]) await passes(call, caller, callee, state({ audio: on, video: !on, screen: on }));
  await passes(call, caller, callee, offer(`${OFFER_SDP}a=x:${"x".repeat(30_000)}\r\n`));
  await passes(call, callee, caller, answer("v=0\r\n"));
  await passes(call, callee, caller, answer(OFFER_SDP.replace("s=-", "s=Ayşe 🌹 \"'\\</script>")));
});

/** Refused as `invalid` from either side; the signal after it is the next that the other side hears. */
async function refuses(list) {
  const call = await connected(server, { visitor: await newVisitor(server), agent: owner });
  const { caller, callee } = call;
  for (const [what, data] of list) {
    for (const [from, to] of [[caller, callee], [callee, caller]]) {
      const ack = await from.emit("signal", { call_id: call.call_id, ...data });
      assert.equal(ack.code, "invalid", `${what}: ${JSON.stringify(ack)}`);
      expectRefusal(ack, "invalid");
      const before = signals(to, call).length;
      await passes(call, from, to, state());
      assert.equal(signals(to, call).length, before + 1, what);
    }
  }
  assert.equal((await hangUp(call)).reason, "hangup", "the call goes on through all of it");
}

const description = (fields) => ({ description: { type: "offer", sdp: OFFER_SDP, ...fields } });

check("descriptions of another form: invalid", () =>
  refuses([
    ...Object.entries(BAD_SDP).map(([what, sdp]) => [what, description({ sdp })]),
    ...[7, null, undefined, ["v=0"], { sdp: OFFER_SDP }, true].map((sdp) => [`sdp ${JSON.stringify(sdp)}`, description({ sdp })]),
    ...["pranswer", "rollback", "Offer", "", 7, null, undefined, ["offer"]].map((type) => [`type ${JSON.stringify(type)}`, description({ type })]),
    ["an extra field", description({ toJSON: "x" })],
    ["no object", { description: OFFER_SDP }],
    ["an empty object", { description: {} }],
  ]));

check("candidates of another form: invalid", () =>
  refuses([
    ...Object.entries(BAD_CANDIDATES).map(([what, text]) => [what, candidate(0, { candidate: text })]),
    ...[7, null, undefined, ["x"], {}].map((text) => [`candidate ${JSON.stringify(text)}`, candidate(0, { candidate: text })]),
    ...[7, ["0"], {}, "x".repeat(300), "a b", "ğ", "0\r\n"].map((sdpMid) => [`sdpMid ${JSON.stringify(sdpMid)}`, candidate(0, { sdpMid })]),
    ...[-1, 0.5, "0", 70_000, 1e300, [], {}].map((sdpMLineIndex) => [`sdpMLineIndex ${JSON.stringify(sdpMLineIndex)}`, candidate(0, { sdpMLineIndex })]),
    ...[7, "x".repeat(300), "a b", "\u0000", {}].map((usernameFragment) => [`usernameFragment ${JSON.stringify(usernameFragment)}`, candidate(0, { usernameFragment })]),
    ["an extra field", candidate(0, { foundation: "1" })],
    ["a field of another case", candidate(0, { sdpMlineIndex: 0 })],
    ["no object", { candidate: GOOD_CANDIDATES[1] }],
    ["an empty object", { candidate: {} }],
  ]));

check("states of another form, none of the three, several of them, and anything else: invalid", () =>
  refuses([
    ["a field missing", { state: { audio: true, video: false } }],
    ["an extra field", state({ hand: true })],
    ["text", state({ audio: "true" })],
    ["a number", state({ video: 1 })],
    ["null", state({ screen: null })],
    ["no object", { state: true }],
    ["none", {}],
    ["null of each", { description: null, candidate: null, state: null }],
    ["a description and a candidate", { ...offer(), ...candidate() }],
    ["a candidate and a state", { ...candidate(), ...state() }],
    ["all three", { ...offer(), ...candidate(), ...state() }],
    ["an unknown field", { ...state(), to: "everybody" }],
    ["only an unknown field", { data: "x" }],
    ["an attachment", { ...state(), bytes: Buffer.from([1, 2, 3]) }],
    ["a field that only the server sets", { ...state(), from: "agent" }],
    ["__proto__", { ...state(), ["__proto__"]: undefined, constructor: {} }],
  ]));

check("a frame of more than 64 KiB ends that connection only; the call waits for it to come back", async () => {
  for (const side of SIDES) {
    const visitor = await newVisitor(server);
    const call = await connected(server, { visitor, agent: owner });
    const peer = side === "visitor" ? call.agent : call.visitor;
    expectRefusal(await signal(call[side], call, offer(`v=0\r\na=x:${"x".repeat(FRAME_BYTES - 500)}\r\n`)), "invalid");
    call[side].io.emit("signal", { call_id: call.call_id, ...offer(`v=0\r\na=x:${"x".repeat(FRAME_BYTES)}\r\n`) });
    await within(call[side].disconnected, DEADLINE_MS, "the end of the connection");
    assert.deepEqual(await peer.next("peer"), { call_id: call.call_id, online: false });
    assert.equal((await get(server, "/health")).status, 200);
    const back = await phoneOf(server, side === "visitor" ? visitor : owner);
    expectOk(await back.emit("resume", { call_id: call.call_id }));
    await passes(call, back, peer, state());
    assert.deepEqual(signals(peer, call), [state()]);
    expectOk(await back.emit("hangup", { call_id: call.call_id }));
    await endOf(peer, call.call_id);
  }
});

check("a flood is refused with the time to wait; what was taken has arrived in order, and afterwards all goes on", async () => {
  const limited = await Server.start({ env: { KONUSMA_ENV: "development" } });
  try {
    const agent = await newOwner(limited);
    for (const side of SIDES) {
      const call = await accepted(limited, { visitor: await newVisitor(limited), agent });
      const peer = side === "visitor" ? call.agent : call.visitor;
      const acks = await Promise.all(Array.from({ length: 1500 }, (_, n) => signal(call[side], call, candidate(n))));
      const refused = acks.filter((ack) => !ack.ok);
      assert.ok(refused.length > 0 && refused.length < acks.length - CANDIDATES, `${refused.length} of ${acks.length}`);
      const wait = Math.max(...refused.map((ack) => expectRefusal(ack, "rate_limited").retry_after_ms));
      assert.ok(Number.isInteger(wait) && wait > 0 && wait < 60_000, `${wait}`);
      const taken = acks.flatMap((ack, n) => (ack.ok ? [candidate(n)] : []));
      await peer.next("signal", (s) => s.candidate?.candidate === taken.at(-1).candidate.candidate);
      assert.deepEqual(signals(peer, call), taken);
      await pause(wait);
      expectOk(await signal(call[side], call, state()), []);
      await peer.next("signal", (s) => s.state);
      expectOk(await peer.emit("hangup", { call_id: call.call_id }));
      call.visitor.close();
    }
    const phone = await phoneOf(limited, await newVisitor(limited));
    const calls = [];
    for (let i = 0; i < 40; i += 1) {
      const ack = await phone.emit("call", { media: "audio" });
      calls.push(ack);
      if (ack.ok) expectOk(await phone.emit("hangup", { call_id: ack.call_id }));
    }
    assert.ok(calls[0].ok);
    expectRefusal(calls.find((ack) => !ack.ok), "rate_limited");
  } finally {
    await endAllCalls();
    await limited.stop();
  }
});
