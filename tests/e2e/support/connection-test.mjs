// *Test my connection*, on either page.

/** Waits for the end of a test that was begun; answers its verdict, all its words, and what it says to open. */
export async function verdictOf(page) {
  const test = page.locator('[data-testid="connection-test"]:not([data-verdict="running"])');
  await test.waitFor({ timeout: 30_000 });
  const open = page.getByTestId("connection-test-open");
  return {
    verdict: await test.getAttribute("data-verdict"),
    words: await test.innerText(),
    open: (await open.count()) ? await open.innerText() : "",
  };
}
