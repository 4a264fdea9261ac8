// How large, how many at once, how much a day; and who leaves in the middle.
import assert from "node:assert/strict";
import { after, describe } from "node:test";

import { check } from "../support/check.mjs";
import { DEADLINE_MS, eventually, pause } from "../support/deadline.mjs";
import { pdf } from "../support/documents.mjs";
import { expectJson, expectProblem, get, post } from "../support/http.mjs";
import { residentKib } from "../support/memory.mjs";
import { newOwner, newVisitor } from "../support/people.mjs";
import { Server, UNLIMITED } from "../support/server.mjs";
import { visitorSocket } from "../support/sockets.mjs";
import { file, filesOfRows, kept, multipart, send, SlowUpload, storedFiles, upload } from "../support/uploads.mjs";

const MIB = 1024 * 1024;
const IN_FLIGHT = 8;
const IN_ALL = 96;
/** On loopback a lot is on its way before the answer is seen. */
const MOST_SENT = 256 * MIB;
const DRAINED_MS = 10_000;
const LIMITED = { KONUSMA_ENV: "development" };

const servers = [];
async function serve(env) {
  const server = await Server.start({ env });
  servers.push(server);
  return server;
}
after(async () => {
  for (const server of servers) await server.stop();
});

/** A file of allowed bytes of exactly this size, like no other. */
let made = 0;
const sized = (bytes) => Buffer.concat([pdf("", `number ${made++}`), Buffer.alloc(bytes, "konusma ")]).subarray(0, bytes);

const unfinished = (server) => storedFiles(server).filter((name) => name.startsWith("tmp/"));

describe("the size of one file", () => {
  let server;
  let visitor;
  const start = async () => {
    server ??= await serve({ ...UNLIMITED, KONUSMA_UPLOAD_MAX_MB: "1" });
    visitor ??= await newVisitor(server);
  };

  check("to the byte: what fits is taken, one more is refused with the limit", async () => {
    await start();
    assert.equal((await upload(server, visitor, "tam.pdf", sized(MIB))).size, MIB);
    const before = await kept(server);
    const { max_bytes } = expectProblem(await send(server, visitor, file("fazla.pdf", sized(MIB + 1))), 413, "payload_too_large");
    assert.equal(max_bytes, MIB);
    assert.deepEqual(await kept(server), before);
    assert.equal(expectJson(await get(server, "/api/info")).uploads.max_bytes, MIB);
  });

  check("a length that is announced too large is refused before it comes", async () => {
    await start();
    const slow = await SlowUpload.open(server, visitor, { length: 900 * MIB });
    await slow.begin("dev.pdf");
    // The server reads on for a while: a browser looks at the answer only when its body is on its way.
    expectProblem(await slow.answer(DRAINED_MS + DEADLINE_MS), 413, "payload_too_large");
    slow.vanish();
    const patient = await SlowUpload.open(server, visitor, { length: 900 * MIB, headers: { Expect: "100-continue" } });
    expectProblem(await patient.answer(DRAINED_MS + DEADLINE_MS), 413, "payload_too_large");
    patient.vanish();
  });

  check("a body without a length is stopped where the limit is", async () => {
    await start();
    const before = await kept(server);
    const slow = await SlowUpload.open(server, visitor);
    await slow.begin("uçsuz.pdf");
    await slow.write(sized(MIB));
    let sent = MIB;
    // Written until the server says no, and not more than it could hold if it took all.
    const refused = slow.answered.then(() => true);
    while (sent < MOST_SENT && !(await Promise.race([refused, slow.write(Buffer.alloc(65_536, "x")).then(() => false)]))) sent += 65_536;
    const answer = await slow.answer();
    assert.ok(answer, "the answer comes before the connection is closed");
    expectProblem(answer, 413, "payload_too_large");
    assert.ok(sent < MOST_SENT, `${sent} bytes were read`);
    slow.vanish();
    assert.deepEqual(await kept(server), before);
  });
});

check("no more than eight at once; when one is done there is a place again", async () => {
  const server = await serve(LIMITED);
  const visitor = await newVisitor(server);
  const slow = [];
  for (let i = 0; i < IN_FLIGHT; i += 1) {
    const one = await SlowUpload.open(server, visitor);
    await one.begin(`${i}.txt`);
    slow.push(one);
  }
  await eventually("eight are under way", () => unfinished(server).length === IN_FLIGHT);
  expectProblem(await send(server, visitor, file("dokuz.txt", "dokuzuncu")), 429, "rate_limited");
  // The chat is not disturbed by it.
  await (await visitorSocket(server, visitor)).say("dosyalar gidiyor");
  await slow[0].write("ilk");
  await slow[0].end();
  assert.equal((await slow[0].answer()).status, 201);
  slow[1].vanish();
  await eventually("a place for the next", async () => (await send(server, visitor, file("dokuz.txt", "dokuzuncu"))).status === 201);
  for (const one of slow) one.vanish();
  await eventually("nothing is left of those who went", () => unfinished(server).length === 0);
  assert.deepEqual(storedFiles(server), await filesOfRows(server));
});

check("nor more than 96 of everybody: who comes then is told to come again, and the chat goes on", async () => {
  const server = await serve({ KONUSMA_ENV: "development", KONUSMA_FREE_SPACE_MB: "0" });
  const idleKib = residentKib(server.pid);
  const piece = sized(300_000);
  const slow = [];
  for (let address = 1; slow.length < IN_ALL; address += 1) {
    const from = { localAddress: `127.0.1.${address}` };
    const { token } = expectJson(await post(server, "/api/session", { name: "Kalabalık" }, from), 201);
    for (let i = 0; i < IN_FLIGHT; i += 1) slow.push(await SlowUpload.open(server, { token }, from));
  }
  await Promise.all(slow.map((one) => one.begin()));
  await Promise.all(slow.map((one) => one.write(piece)));
  await eventually("all are under way", () => unfinished(server).length === IN_ALL);
  const visitor = await newVisitor(server);
  expectProblem(await send(server, visitor, file("a.txt", "words")), 503, "busy");
  await (await visitorSocket(server, visitor)).say("kalabalık ama yazıyorum");
  const aboveKib = residentKib(server.pid) - idleKib;
  assert.ok(aboveKib < 64 * 1024, `${aboveKib} KiB for ${IN_ALL} uploads under way`);
  for (const one of slow) one.vanish();
  await eventually("nothing is left of them", () => unfinished(server).length === 0);
  await upload(server, visitor, "a.txt", "words");
});

check("who sends without pause is told when he may go on, and then may", async () => {
  const server = await serve(LIMITED);
  const visitor = await newVisitor(server);
  let refused;
  for (let i = 0; i < 200 && !refused; i += 1) {
    const answer = await send(server, visitor, file(`${i}.txt`, `acele ${i}`));
    if (answer.status === 429) refused = expectProblem(answer, 429, "rate_limited");
    else assert.equal(answer.status, 201, answer.text);
  }
  assert.ok(refused, "no 429 among 200 files");
  await pause(refused.retry_after_ms);
  await upload(server, visitor, "sonra.txt", "sonra");
});

check("a visitor's day has an end; another's and the agents' goes on", async () => {
  const server = await serve({ ...UNLIMITED, KONUSMA_UPLOAD_DAY_MB: "1" });
  const owner = await newOwner(server);
  const visitor = await newVisitor(server);
  await upload(server, visitor, "bir.pdf", sized(700_000));
  const before = await kept(server);
  for (let i = 0; i < 2; i += 1) {
    const { retry_after_ms } = expectProblem(await send(server, visitor, file("iki.pdf", sized(700_000))), 429, "quota");
    assert.ok(retry_after_ms > 0 && retry_after_ms <= 24 * 3600_000, `${retry_after_ms}`);
  }
  assert.deepEqual(await kept(server), before);
  await upload(server, owner, "ofis.pdf", sized(700_000));
  const other = await newVisitor(server);
  const fromElsewhere = await send(server, other, file("başka.pdf", sized(700_000)), { localAddress: "127.0.0.2" });
  assert.equal(fromElsewhere.status, 201, fromElsewhere.text);
  await (await visitorSocket(server, visitor)).say("yazmaya devam");
});

check("the day also ends for a body without a length, and for a small file after many", async () => {
  const server = await serve({ ...UNLIMITED, KONUSMA_UPLOAD_DAY_MB: "1" });
  const visitor = await newVisitor(server);
  const slow = await SlowUpload.open(server, visitor);
  await slow.begin("uzun.pdf");
  await slow.write(sized(3 * MIB));
  await slow.end();
  expectProblem(await slow.answer(), 429, "quota");
  slow.vanish();
  const answers = [];
  for (let i = 0; i < 12; i += 1) answers.push(await send(server, visitor, file(`${i}.pdf`, sized(120_000))));
  const at = answers.findIndex((a) => a.status !== 201);
  assert.ok(at >= 7 && at <= 9, `${at} of 120,000 bytes fit into 1 MB`);
  expectProblem(answers[at], 429, "quota");
});

check("what was only announced takes nothing of an address's day", async () => {
  const server = await serve({ ...LIMITED, KONUSMA_UPLOAD_MAX_MB: "1000", KONUSMA_UPLOAD_DAY_MB: "0", KONUSMA_FREE_SPACE_MB: "0" });
  // 3,000 MB, of the 2,000 that an address has.
  for (let i = 0; i < 3; i += 1) {
    const slow = await SlowUpload.open(server, await newVisitor(server), { length: 1000 * MIB });
    await slow.begin();
    await eventually("it is under way", () => unfinished(server).length === 1);
    slow.vanish();
    await eventually("it is gone", () => unfinished(server).length === 0);
  }
  const visitor = await newVisitor(server);
  const kept = await send(server, visitor, file("a.pdf", sized(2 * MIB)));
  assert.equal(kept.status, 201, kept.text);
});

check("0 is no limit of a day", async () => {
  const server = await serve({ ...UNLIMITED, KONUSMA_UPLOAD_DAY_MB: "0" });
  const visitor = await newVisitor(server);
  for (let i = 0; i < 3; i += 1) await upload(server, visitor, `${i}.pdf`, sized(2 * MIB));
});

check("who vanishes leaves nothing, at whatever point of the body", async () => {
  const server = await serve(UNLIMITED);
  const visitor = await newVisitor(server);
  const { body } = multipart([file("yarım.pdf", sized(400_000))]);
  for (const bytes of [0, 1, 40, 200, 300_000, body.length - 40, body.length - 4]) {
    const slow = await SlowUpload.open(server, visitor, { length: body.length });
    await slow.write(body.subarray(0, bytes));
    if (bytes >= 300_000) await eventually("it is being written", () => unfinished(server).length === 1);
    slow.vanish();
    await slow.closed;
    await eventually(`nothing is left after ${bytes} bytes`, async () => storedFiles(server).length === 0);
    assert.deepEqual((await kept(server)).rows, []);
  }
  await upload(server, visitor, "bütün.pdf", sized(400_000));
});

check("a chunked body that ends without its last chunk is none", async () => {
  const server = servers.at(-1);
  const visitor = await newVisitor(server);
  const before = await kept(server);
  const slow = await SlowUpload.open(server, visitor);
  await slow.begin();
  await slow.write("words\r\n");
  slow.socket.end();
  const answer = await slow.answered;
  if (answer) expectProblem(answer, 400, "invalid_body");
  await eventually("nothing is left", async () => JSON.stringify(await kept(server)) === JSON.stringify(before));
});

for (const [name, wrong, right] of [
  ["KONUSMA_UPLOAD_MAX_MB", ["0", "1025", "-1", "many", "1.5"], "1024"],
  ["KONUSMA_UPLOAD_DAY_MB", ["-1", "many"], "0"],
  ["KONUSMA_FREE_SPACE_MB", ["-1", "many"], "0"],
]) {
  check(`${name}: what it may not be stops the start and is named`, async () => {
    for (const value of wrong) {
      const started = Server.start({ env: { ...UNLIMITED, [name]: value } });
      await assert.rejects(started, (error) => error.message.includes(name), `${name}=${value}`);
    }
    await (await Server.start({ env: { ...UNLIMITED, [name]: right } })).stop();
  });
}
