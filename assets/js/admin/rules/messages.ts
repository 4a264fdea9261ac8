import type { Message } from "../../shared/types";

/** The loaded part of a conversation: always the newest messages without a gap, `more` says whether older exist. */
export interface Conversation {
  messages: readonly Message[];
  more: boolean;
  state: "loading" | "ready" | "failed";
}

export const emptyConversation: Conversation = { messages: [], more: false, state: "loading" };

/** Joins two runs of messages by id; what is there twice stays once. */
export function merged(known: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  const last = known.at(-1);
  const only = incoming[0];
  if (incoming.length === 1 && only && last && only.id > last.id) return [...known, only];
  const byId = new Map<number, Message>();
  for (const message of known) byId.set(message.id, message);
  for (const message of incoming) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/** The newest id the agent has seen of the other side, or 0. */
export function newestId(messages: readonly Message[]): number {
  return messages.at(-1)?.id ?? 0;
}
