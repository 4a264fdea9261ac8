// What a client event is answered: `{ok:true,…}` or `{ok:false,code,message,retry_after_ms?}`.
import assert from "node:assert/strict";

/** An ack that must be ok; with `fields`, exactly these beside `ok`. */
export function expectOk(ack, fields) {
  assert.equal(ack.ok, true, `refused: ${JSON.stringify(ack)}`);
  if (fields) assert.deepEqual(Object.keys(ack).sort(), ["ok", ...fields].sort());
  return ack;
}

export function expectRefusal(ack, code) {
  assert.equal(ack.ok, false, `accepted: ${JSON.stringify(ack)}`);
  assert.equal(ack.code, code, JSON.stringify(ack));
  assert.ok(typeof ack.message === "string" && ack.message.length > 0, "a sentence for people");
  const fields = code === "rate_limited" ? ["code", "message", "ok", "retry_after_ms"] : ["code", "message", "ok"];
  assert.deepEqual(Object.keys(ack).sort(), fields);
  return ack;
}
