// Phones: sockets in /call, and calls in the state a test begins with.
import assert from "node:assert/strict";

import { expectOk, expectRefusal } from "./acks.mjs";
import { query } from "./database.mjs";
import { eventually } from "./deadline.mjs";
import { Chat, closeAllSockets } from "./sockets.mjs";

export const NAMESPACE = "/call";
export const SIDES = ["visitor", "agent"];
export const otherSide = (side) => (side === "visitor" ? "agent" : "visitor");

/** How a person asks to be let into /call. */
export const authOf = (person) => (person.token ? { token: person.token } : { role: "agent" });

/** A socket in /call: a tab of a visitor, a browser of an agent. */
export function phoneOf(server, person, options) {
  return new Chat(server, { auth: authOf(person), cookie: person.cookie, namespace: NAMESPACE, ...options }).connected();
}

/** Proves that all that was sent to these phones has arrived: the answer to an event comes behind it. */
export async function flushed(...phones) {
  for (const ack of await Promise.all(phones.map((phone) => phone.emit("flush")))) expectRefusal(ack, "unknown_event");
}

/** Events of this call, in order. */
export const heard = (phone, call_id) =>
  phone.log.filter((arrival) => arrival.data?.call_id === call_id).map(({ event, data }) => ({ event, ...data }));

export const namesHeard = (phone, call_id) => heard(phone, call_id).map(({ event }) => event);

const begun = new Set();

/**
 * A call that rings. `by` says who calls; `visitor` and `agent` are people, or phones that they have already.
 * Answers `{call_id, room, media, by, visitor, agent, caller, callee, ring}` with phones.
 */
export async function ringing(server, { visitor, agent, room = visitor.room, by = "visitor", media = "audio", ...options }) {
  const phones = {
    visitor: visitor instanceof Chat ? visitor : await phoneOf(server, visitor, options),
    agent: agent instanceof Chat ? agent : await phoneOf(server, agent, options),
  };
  const [caller, callee] = [phones[by], phones[otherSide(by)]];
  const ack = expectOk(await caller.emit("call", by === "agent" ? { media, room } : { media }));
  const { call_id, ice_servers } = ack;
  const call = { call_id, room, media, by, ...phones, caller, callee, ice_servers };
  begun.add(call);
  call.ring = await callee.next("ring", (r) => r.call_id === call_id);
  return call;
}

/** A call that was answered; media has not come through yet. */
export async function accepted(server, options) {
  const call = await ringing(server, options);
  expectOk(await call.callee.emit("accept", { call_id: call.call_id }));
  await call.caller.next("accepted", (a) => a.call_id === call.call_id);
  return call;
}

/** A call whose clock runs. */
export async function connected(server, options) {
  const call = await accepted(server, options);
  await expectEachOk(call, "connected");
  return call;
}

/** A call in this state. */
export const callIn = (state, server, options) => ({ ringing, accepted, connected })[state](server, options);

async function expectEachOk({ call_id, caller, callee }, event) {
  for (const phone of [caller, callee]) expectOk(await phone.emit(event, { call_id }), []);
}

/** Hangs up and answers the `ended` that both sides hear. */
export async function hangUp({ call_id, caller, callee }, fields = {}, by = caller) {
  expectOk(await by.emit("hangup", { call_id, ...fields }), []);
  const [ended, same] = await Promise.all([caller, callee].map((phone) => endOf(phone, call_id)));
  assert.deepEqual(ended, same);
  return ended;
}

export const endOf = (phone, call_id, ms) => phone.next("ended", (e) => e.call_id === call_id, ms);

/** For `afterEach`: no call of a test rings or goes on in the next one, and nobody is connected. */
export async function endAllCalls() {
  for (const { call_id, caller, callee } of begun) {
    for (const phone of [caller, callee]) if (phone.io.connected) await phone.emit("hangup", { call_id });
  }
  begun.clear();
  closeAllSockets();
}

/** The row of a call, with its line's id and its thread's room. */
export async function callRow(server, call_id) {
  const rows = await query(
    server.database,
    `SELECT c.*, s.room FROM calls c JOIN chat_sessions s ON s.id = c.chat_session_id WHERE c.id = '${call_id}'`,
  );
  return rows[0];
}

/** The same when its end is written down, which is soon after it was told. */
export function endedRow(server, call_id) {
  return eventually(`the end of ${call_id} on disk`, async () => {
    const row = await callRow(server, call_id);
    return row?.ended_at && row;
  });
}

export async function noticesOf(server, call_id) {
  const rows = await query(server.database, `SELECT kind FROM outbox WHERE call_id = '${call_id}' ORDER BY id`);
  return rows.map(({ kind }) => kind);
}
