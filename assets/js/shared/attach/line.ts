/** Lets `most` at a time through, the others in the order they came. */
export function openLine(most: number): () => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let free = most;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  /** Answers the function to call when one is done. */
  return async () => {
    if (free > 0) free--;
    else await new Promise<void>((come) => waiting.push(come));
    let gone = false;
    return () => {
      if (!gone) leave();
      gone = true;
    };
  };
}
