// Waiting is always for something that was promised, with a deadline; a test that only sleeps proves nothing.

/** Long enough for a busy two-core machine; what the contract times is measured by the test itself. */
export const DEADLINE_MS = 10_000;

export function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
    // Sockets and servers keep a test alive; a wait that nobody needs any more must not.
    timer.unref();
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks again every 25 ms until `ask` answers something truthy. For state that nothing announces, such as a file. */
export async function eventually(what, ask, ms = DEADLINE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(25);
  }
}

/** Only for time that the contract itself names: a back-off, a grace period, the next one-time code. */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
