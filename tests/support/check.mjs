// node:test's `test`, which on failure also shows what the server said: the answer is usually there.
import { describe, test } from "node:test";

import { running } from "./server.mjs";
import { TRANSPORTS } from "./sockets.mjs";

const TIMEOUT_MS = 60_000;

export function check(name, body, { timeout = TIMEOUT_MS } = {}) {
  return test(name, { timeout }, async (context) => {
    try {
      await body(context);
    } catch (error) {
      for (const server of running) console.error(`--- the server's last lines (${name})\n${server.logTail()}\n---`);
      throw error;
    }
  });
}

/** The same checks over each way of reaching the server that the contract promises. */
export function overEveryTransport(body) {
  for (const [name, transports] of Object.entries(TRANSPORTS)) describe(name, () => body({ transports, name }));
}
