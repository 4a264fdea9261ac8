import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Composer, type ComposerHandle } from "../../shared/composer";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { agentId } from "../access";
import { emit, type Room } from "../rooms";
import { cannedFor, cannedQuery } from "../rules/canned";
import { settings } from "../store";
import type { CannedReply } from "../wire";
import { CANNED_LIST_ID, CannedList, cannedOptionId } from "./canned-list";

/** Where the agent writes. A text that begins with "/" asks for a canned reply. */
export function AgentComposer({ thread, room }: { thread: Thread; room: Room }) {
  const text = useSignal("");
  const active = useSignal(0);
  const dismissed = useSignal<string | null>(null);
  const handle = useRef<ComposerHandle | null>(null);

  const query = cannedQuery(text.value);
  const replies =
    query === null || dismissed.value === text.value
      ? []
      : cannedFor(settings.value?.canned_replies ?? [], query);
  const at = Math.min(active.value, replies.length - 1);

  function choose(reply: CannedReply): void {
    text.value = "";
    handle.current?.insert(reply.text);
    handle.current?.focus();
    active.value = 0;
  }

  function onKey(event: KeyboardEvent): boolean {
    if (replies.length === 0 || event.isComposing) return false;
    if (event.key === "ArrowDown") active.value = (at + 1) % replies.length;
    else if (event.key === "ArrowUp") active.value = (at - 1 + replies.length) % replies.length;
    else if (event.key === "Escape") dismissed.value = text.value;
    else if (event.key === "Enter" || event.key === "Tab") {
      const reply = replies[at];
      if (reply) choose(reply);
    } else return false;
    event.preventDefault();
    return true;
  }

  return (
    <Composer
      // A phone has no room for the hint, and its `/` is two keys away.
      placeholder={t(
        matchMedia("(width < 560px)").matches ? "composer.placeholder.short" : "composer.placeholder",
      )}
      draftKey={`agent-${agentId.value}.${thread.room}`}
      text={text}
      handle={handle}
      onKey={onKey}
      onSend={room.outbox.add}
      conversation={room.conversation}
      files={room.files}
      peerName={thread.name}
      onTyping={(on) => void emit("typing", { room: thread.room, on })}
      popup={replies.length > 0 ? { listId: CANNED_LIST_ID, activeId: cannedOptionId(at) } : null}
      above={replies.length > 0 && <CannedList replies={replies} at={at} onChoose={choose} />}
    />
  );
}
