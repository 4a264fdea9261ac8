import reply from "icon:reply";
import close from "icon:x";
import { Said } from "./attachment";
import type { Conversation } from "./conversation";
import { t } from "./i18n";
import type { Message } from "./types";
import { Icon } from "./ui/icon";
import { IconButton } from "./ui/icon-button";

interface Props {
  conversation: Conversation;
  /** The other side's name where messages carry none. */
  peerName: string;
}

/** Inside a bubble: the message it answers. Pressing it goes there. */
export function Quote({ id, conversation, peerName }: Props & { id: number }) {
  const message = conversation.messages.value.find((one) => one.id === id);
  return (
    <button
      type="button"
      class="quote"
      title={t("reply.show")}
      data-testid="quote"
      onClick={() => {
        conversation.target.value = id;
      }}
    >
      {message ? (
        <Quoted message={message} conversation={conversation} peerName={peerName} />
      ) : (
        t("reply.earlier")
      )}
    </button>
  );
}

/** Above the field: the message that the next one will answer. */
export function ReplyingTo({ conversation, peerName }: Props) {
  const message = conversation.replying.value;
  if (!message) return null;
  return (
    <div class="replying" data-testid="replying">
      <Icon body={reply} />
      <p class="quote">
        <Quoted message={message} conversation={conversation} peerName={peerName} />
      </p>
      <IconButton
        icon={close}
        label={t("reply.cancel")}
        onClick={() => {
          conversation.replying.value = null;
        }}
      />
    </div>
  );
}

function Quoted({ message, conversation, peerName }: Props & { message: Message }) {
  const { from, author } = message;
  const mine = from === conversation.me;
  return (
    <>
      <b>{mine ? t("reply.you") : (author ?? peerName)}</b>
      <Said message={message} mine={mine} />
    </>
  );
}

/** Beside a bubble. Not in the tab order, where a hundred of them would stand: Alt+↑ in the field does the same. */
export function ReplyButton({ conversation, id }: { conversation: Conversation; id: number }) {
  return (
    <IconButton
      class="reply"
      icon={reply}
      label={t("reply")}
      tabIndex={-1}
      data-testid="reply-button"
      onClick={() => {
        conversation.replying.value = conversation.messages.value.find((one) => one.id === id) ?? null;
      }}
    />
  );
}

/** Where nothing hovers, a tap on a bubble shows its button; the next tap hides it. */
export function pickOnTap(event: MouseEvent): void {
  const bubble = (event.target as Element).closest(".bubble");
  for (const one of document.querySelectorAll(".bubble.picked"))
    if (one !== bubble) one.classList.remove("picked");
  if (!matchMedia("(hover: hover)").matches) bubble?.classList.toggle("picked");
}

/** Alt+↑ and Alt+↓ choose the message to answer, Esc takes it back; true means handled. */
export function replyKey({ replying, messages }: Conversation, { key, altKey }: KeyboardEvent): boolean {
  const now = replying.value;
  if (key === "Escape" && now) replying.value = null;
  else if (altKey && key === "ArrowUp") {
    replying.value =
      messages.value.findLast(({ id, from }) => from !== "system" && id < (now?.id ?? Infinity)) ?? now;
  } else if (altKey && key === "ArrowDown" && now) {
    replying.value = messages.value.find(({ id, from }) => from !== "system" && id > now.id) ?? null;
  } else return false;
  return true;
}

/** Takes the message to answer, when a text is sent. */
export function takeReply({ replying }: Conversation): number | undefined {
  const id = replying.value?.id;
  replying.value = null;
  return id;
}
