import type { ComponentChildren } from "preact";
import type { Conversation } from "./conversation";
import type { Outbox } from "./outbox";

export interface ThreadProps {
  conversation: Conversation;
  outbox?: Outbox;
  /** Shown above the very first message: greeting, facts. */
  intro?: ComponentChildren;
  /** The other side's name where messages carry none (the visitor's, on the agent's page). */
  peerName?: string;
  /** Newest message of the other side that was on screen in a visible tab. Called once per id. */
  onSeen?: (upTo: number) => void;
}

export function Thread(_props: ThreadProps) {
  return <section class="thread" />;
}
