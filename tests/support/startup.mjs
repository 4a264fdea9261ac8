// Starts that must not succeed.
import assert from "node:assert/strict";

import { command } from "./server.mjs";

export const [CONFIG, DATA, PORT_TAKEN] = [1, 2, 3];

/** Refused with one sentence that names `about`, and no trace. */
export async function refuses(code, about, args, options) {
  const { code: got, stderr, stdout } = await command(["serve", ...args], options);
  assert.equal(got, code, stderr + stdout);
  for (const words of [about].flat()) assert.ok(stderr.includes(words), `${words} in: ${stderr}`);
  assert.doesNotMatch(stderr, /panicked|RUST_BACKTRACE|backtrace|unwrap/i);
  return stderr;
}
