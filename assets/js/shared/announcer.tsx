import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { inWords, whenShown } from "./attachment";
import type { Conversation } from "./conversation";
import { t } from "./i18n";
import { systemText } from "./system-text";
import type { Message } from "./types";

/** Speaks what comes in, once. The log itself is silent: it would also read out older messages as they load. */
export function Announcer({ conversation, peerName }: { conversation: Conversation; peerName: string }) {
  const spoken = useSignal("");
  const upTo = useRef<number | undefined>(undefined);
  useSignalEffect(() => {
    const { messages, loaded, me } = conversation;
    if (!loaded.value) return;
    const newest = messages.value.at(-1)?.id ?? 0;
    const since = upTo.current;
    upTo.current = Math.max(newest, since ?? 0);
    if (since === undefined) return;
    const fresh = messages.value.filter((message) => message.id > since && message.from !== me);
    if (fresh.length === 0) return;
    const speak = () => {
      spoken.value = fresh.map((message) => words(message, peerName)).join("\n");
    };
    if (fresh.some(({ kind }) => kind !== "text")) whenShown(speak);
    else speak();
  });
  return (
    <div class="visually-hidden" aria-live="polite">
      {spoken}
    </div>
  );
}

function words(message: Message, peerName: string): string {
  if (message.from === "system") return systemText(message.text ?? "", message.author);
  return t("thread.said", { name: message.author ?? peerName, text: inWords(message) });
}
