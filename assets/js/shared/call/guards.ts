/** While a call runs: the screen stays on, and leaving the page is asked about. Answers how to stop it. */
export function guardCall(onLeave: () => void): () => void {
  const stop = new AbortController();
  let lock: WakeLockSentinel | undefined;

  async function keepAwake(): Promise<void> {
    if (document.hidden || !("wakeLock" in navigator)) return;
    try {
      const fresh = await navigator.wakeLock.request("screen");
      if (stop.signal.aborted) void fresh.release();
      else lock = fresh;
    } catch {
      // The battery is low, or the page went to the background again.
    }
  }

  void keepAwake();
  // A page that is hidden loses it.
  document.addEventListener("visibilitychange", keepAwake, { signal: stop.signal });
  addEventListener("beforeunload", (event) => event.preventDefault(), { signal: stop.signal });
  addEventListener("pagehide", onLeave, { signal: stop.signal });
  return () => {
    stop.abort();
    void lock?.release();
  };
}
