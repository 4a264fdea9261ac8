// A body that stops coming. The contract's 20 seconds are waited for once, by all cases together.
import assert from "node:assert/strict";

import { check } from "../support/check.mjs";
import { eventually } from "../support/deadline.mjs";
import { expectProblem } from "../support/http.mjs";
import { newVisitor } from "../support/people.mjs";
import { Server } from "../support/server.mjs";
import { kept, SlowUpload, storedFiles } from "../support/uploads.mjs";

const STALLED_MS = 20_000;
const LATE_MS = 10_000;

check(
  "an upload from which nothing comes for 20 seconds is refused and forgotten; a slow one is not",
  async () => {
    const server = await Server.start();
    const visitor = await newVisitor(server);
    const silent = await SlowUpload.open(server, visitor, { length: 100_000 });
    const begun = await SlowUpload.open(server, visitor, { length: 100_000 });
    await begun.begin();
    await begun.write("only the start");
    const chunked = await SlowUpload.open(server, visitor);
    await chunked.begin();
    const headless = await SlowUpload.open(server, visitor);
    await headless.write("------konusma-test");
    // All of the file, and not the end of the body.
    const endless = await SlowUpload.open(server, visitor);
    await endless.begin();
    await endless.write("words\r\n------konusma-test-7MA4YWxkTrZu0gW");
    const slow = await SlowUpload.open(server, visitor);
    await slow.begin();
    const since = Date.now();
    const drip = setInterval(() => slow.write("damla "), 3_000);
    for (const one of [silent, begun, chunked, headless, endless]) {
      const answer = await one.answer(STALLED_MS + LATE_MS);
      const waited = Date.now() - since;
      assert.ok(answer, "an answer, not only a closed connection");
      expectProblem(answer, 408, "invalid_body");
      assert.ok(waited > STALLED_MS - 2_000, `after ${waited} ms`);
      one.vanish();
    }
    // The slow one was never silent for so long.
    clearInterval(drip);
    await slow.end();
    assert.equal((await slow.answer()).status, 201);
    slow.vanish();
    await eventually("nothing unfinished is left", () => storedFiles(server).every((name) => !name.startsWith("tmp/")));
    assert.equal((await kept(server)).rows.length, 1);
    await server.stop();
  },
  { timeout: 90_000 },
);
