import { agentId } from "./access";
import { emit } from "./rooms";
import { withReceipt } from "./rules/threads";
import { book } from "./store";

/** How far each conversation was read while the server could not be told. */
const untold = new Map<string, number>();

/** The newest message that was on screen in a visible tab. */
export function markRead(room: string, upTo: number): void {
  book.value = withReceipt(book.value, { room, by: "agent", read_up_to: upTo }, agentId.value);
  untold.set(room, Math.max(upTo, untold.get(room) ?? 0));
  void tell(room);
}

async function tell(room: string): Promise<void> {
  const upTo = untold.get(room);
  if (upTo === undefined) return;
  const ack = await emit("read", { room, up_to: upTo });
  const passing = !ack.ok && ["offline", "timeout", "busy", "rate_limited"].includes(ack.code);
  if (!passing && untold.get(room) === upTo) untold.delete(room);
}

export function tellReads(): void {
  for (const room of untold.keys()) void tell(room);
}

export function forgetReads(): void {
  untold.clear();
}
