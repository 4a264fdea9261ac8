/** Hears of another network: a phone leaves the house, a cable is pulled. Answers how to stop it. */
export function onOtherNetwork(react: () => void): () => void {
  const stop = new AbortController();
  addEventListener("online", react, { signal: stop.signal });
  // `change` also tells of every new guess at the speed; only another kind of network is another way.
  const { connection } = navigator as { connection?: EventTarget & { type?: string } };
  let type = connection?.type;
  connection?.addEventListener(
    "change",
    () => {
      const other = connection.type !== type;
      type = connection.type;
      if (other) react();
    },
    { signal: stop.signal },
  );
  return () => stop.abort();
}
