import send from "icon:send-horizontal";
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { AttachButton } from "./attach-button";
import type { Conversation } from "./conversation";
import { EmojiButton } from "./emoji-button";
import type { Files } from "./files";
import { t } from "./i18n";
import { ReplyingTo, replyKey, takeReply } from "./reply";
import { forget, load, save } from "./storage";
import { Icon } from "./ui/icon";
import { useTypingNotice } from "./use-typing-notice";
import { canRecord, VoiceButton } from "./voice-button";

/** The server's limit for one message, in characters. */
export const TEXT_LIMIT = 4_000;
const COUNTER_FROM = TEXT_LIMIT - 300;

export interface ComposerHandle {
  focus(): void;
  /** Puts text in at the caret. */
  insert(text: string): void;
  /** The message that what is sent now answers. */
  takeReply(): number | undefined;
}

export interface ComposerProps {
  placeholder: string;
  onSend: (text: string, replyTo?: number) => void;
  /** Lets a message answer one of these. */
  conversation: Conversation;
  peerName: string;
  /** Where files and voice notes go. */
  files: Files;
  onTyping?: (on: boolean) => void;
  /** Keeps an unfinished text under this name. Changing it changes the text. */
  draftKey: string;
  /** The text itself, for pages that read or replace it (canned replies). */
  text?: Signal<string>;
  autoFocus?: boolean;
  /** Above the field: the list of canned replies, previews. */
  above?: ComponentChildren;
  /** Names the list shown above, for screen readers. */
  popup?: { listId: string; activeId?: string } | null;
  /** Buttons between field and send button. */
  actions?: ComponentChildren;
  /** Sees keys first; true means handled. */
  onKey?: (event: KeyboardEvent) => boolean;
  handle?: { current: ComposerHandle | null };
}

export function Composer(props: ComposerProps) {
  const { placeholder, onSend, draftKey, conversation, peerName, files, above, actions, popup } = props;
  const own = useSignal("");
  const text = props.text ?? own;
  const field = useRef<HTMLTextAreaElement>(null);
  const counterId = useId();
  const typing = useTypingNotice(props.onTyping);
  const storageKey = `konusma.draft.${draftKey}`;

  useLayoutEffect(() => {
    text.value = load(storageKey) ?? "";
  }, [text, storageKey]);

  const value = text.value;
  useLayoutEffect(() => {
    const it = field.current;
    if (!it) return;
    it.style.height = "auto";
    it.style.height = `${it.scrollHeight}px`;
  }, [value]);

  const write = (next: string) => {
    text.value = next;
    if (next) save(storageKey, next);
    else forget(storageKey);
    typing(next.trim() !== "");
  };
  const insert = (added: string) => {
    const it = field.current;
    const from = it?.selectionStart ?? value.length;
    const to = it?.selectionEnd ?? from;
    write(text.value.slice(0, from) + added + text.value.slice(to));
    requestAnimationFrame(() => it?.setSelectionRange(from + added.length, from + added.length));
  };
  useEffect(() => {
    const handle = { focus: () => field.current?.focus(), insert, takeReply: () => takeReply(conversation) };
    files.composer.current = handle;
    if (props.handle) props.handle.current = handle;
  });
  // Once: later on, something else may have the focus. On a phone it would raise the keyboard over the page.
  useEffect(() => {
    if (props.autoFocus && matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [props.autoFocus]);

  const answered = conversation.replying.value;
  useEffect(() => {
    if (answered) field.current?.focus();
  }, [answered]);

  const length = [...value].length;
  const attached = files.attach.part.value;
  const filled = attached?.filled.value;
  const empty = value.trim() === "" && !filled;
  const voice = files.voice.part.value;
  const recording = voice?.open.value;
  const types = files.limits()?.types;
  const sendable = !empty && length <= TEXT_LIMIT;
  const submit = () => {
    if (!sendable) return;
    (filled ? attached.send : onSend)(value.trim(), takeReply(conversation));
    write("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter accepts its suggestion (229: Safari, which has ended composing by then).
    if (event.isComposing || event.keyCode === 229 || props.onKey?.(event)) return;
    if (replyKey(conversation, event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {above}
      <ReplyingTo conversation={conversation} peerName={peerName} />
      {attached && <attached.Tray />}
      <div class="composer-box" inert={recording}>
        <EmojiButton onPick={insert} onDone={() => field.current?.focus()} />
        <textarea
          ref={field}
          rows={1}
          value={value}
          placeholder={placeholder}
          aria-label={t("composer.label")}
          aria-describedby={length >= COUNTER_FROM ? counterId : undefined}
          aria-invalid={length > TEXT_LIMIT}
          aria-keyshortcuts="Alt+ArrowUp"
          enterkeyhint="send"
          autoComplete="off"
          data-testid="composer-input"
          {...(popup && comboProps(popup))}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={() => typing(false)}
        />
        {actions}
        {types?.length !== 0 && <AttachButton files={files} />}
        {empty && canRecord && types?.includes("audio") ? (
          <VoiceButton files={files} />
        ) : (
          <button
            type="submit"
            class="send"
            disabled={!sendable}
            aria-label={t("composer.send")}
            title={t("composer.send")}
            data-testid="composer-send"
          >
            <Icon body={send} />
          </button>
        )}
      </div>
      {voice && recording && <voice.Bar />}
      {length >= COUNTER_FROM && <Counter id={counterId} left={TEXT_LIMIT - length} />}
    </form>
  );
}

function comboProps({ listId, activeId }: { listId: string; activeId?: string }) {
  return {
    "aria-autocomplete": "list" as const,
    "aria-haspopup": "listbox" as const,
    "aria-controls": listId,
    "aria-activedescendant": activeId,
  };
}

function Counter({ id, left }: { id: string; left: number }) {
  return (
    <p id={id} class={`counter ${left < 0 ? "over" : ""}`}>
      {left < 0 ? t("composer.over", { count: -left }) : t("composer.left", { count: left })}
    </p>
  );
}
