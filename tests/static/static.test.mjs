import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { check } from "../support/check.mjs";
import { get } from "../support/http.mjs";
import { BINARY, Server, temporaryDirectory } from "../support/server.mjs";

// The design's budget for everything inside.
const BINARY_BYTES = 20 * 1024 * 1024;

check("it asks for no library of the machine", async () => {
  // ldd fails on a static file and prints why; either way the words are what counts.
  const { stdout, stderr } = await promisify(execFile)("ldd", [BINARY]).catch((error) => error);
  assert.match(stdout + stderr, /statically linked|not a dynamic executable/);
});

check("it is small", () => {
  const { size } = statSync(BINARY);
  assert.ok(size <= BINARY_BYTES, `${size} bytes`);
});

check("alone in an empty directory it serves every page and all that the pages name", async () => {
  const dir = temporaryDirectory();
  const alone = path.join(dir, "alone");
  mkdirSync(alone);
  const binary = path.join(alone, "konusma");
  copyFileSync(BINARY, binary);
  const server = await Server.start({ binary, dir: path.join(dir, "data") });
  let followed = 0;
  for (const page of ["/", "/admin"]) {
    const answer = await get(server, page);
    assert.equal(answer.status, 200, page);
    assert.match(answer.headers["content-type"], /^text\/html/);
    for (const [, target] of answer.text.matchAll(/(?:src|href)="(\/[^"#]+)"/g)) {
      assert.equal((await get(server, target)).status, 200, `${page} names ${target}`);
      followed += 1;
    }
  }
  assert.ok(followed >= 4, "scripts and styles were found");
  await server.stop();
});
