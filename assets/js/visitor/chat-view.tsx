import ban from "icon:ban";
import type { CallHook } from "../shared/calls";
import { Composer } from "../shared/composer";
import { locale, t } from "../shared/i18n";
import { later, useLater } from "../shared/later";
import { PendingUploads } from "../shared/pending-uploads";
import { Thread } from "../shared/thread";
import type { Info } from "../shared/types";
import { Avatar } from "../shared/ui/avatar";
import { ConnectionLine } from "../shared/ui/connection-line";
import { Icon } from "../shared/ui/icon";
import type { AskProps } from "./ask/part";
import { callable } from "./call-buttons";
import type { Chat } from "./chat";
import { PresenceText } from "./presence-text";
import { info, presence } from "./store";
import { TopBar } from "./top-bar";

const asking = later(async () => (await import("./ask/part")).ready());

export function ChatView({ chat }: { chat: Chat }) {
  const { conversation, outbox, socket } = chat;
  const { part } = chat.calls;
  const allowed = callable();
  return (
    <div class="page">
      <TopBar calls={chat.calls} />
      <CallPanel calls={chat.calls} />
      <main class="chat">
        <div class="chat-middle">
          <ConnectionLine status={socket.status} retry={socket.retryNow} />
          <Thread
            conversation={conversation}
            outbox={outbox}
            intro={info.value && <Intro name={chat.identity.name} about={info.value} />}
            peerName={info.value?.business_name ?? ""}
            pending={<PendingUploads files={chat.files} />}
            onSeen={chat.seen}
            below={(line) =>
              (line.text === "late" || chat.closed.value) && <Asked entry={line} chat={chat} />
            }
            onCall={
              allowed && !part.part.value?.busy.value
                ? (media) => part.use((calls) => void calls.call(allowed === "audio" ? allowed : media))
                : undefined
            }
          />
        </div>
        {chat.blocked.value ? <Blocked /> : <ChatComposer chat={chat} />}
      </main>
    </div>
  );
}

/** Most chats are answered in time and never closed: what is asked below such lines comes when there is one. */
function Asked(props: AskProps) {
  const part = useLater(asking);
  return part && <part.Ask {...props} />;
}

function CallPanel({ calls: { part } }: { calls: CallHook }) {
  const calls = part.part.value;
  return calls && <calls.Panel />;
}

function ChatComposer({ chat }: { chat: Chat }) {
  return (
    <Composer
      draftKey={chat.identity.room}
      placeholder={chat.closed.value ? t("composer.reopens") : t("composer.placeholder")}
      onSend={chat.outbox.add}
      conversation={chat.conversation}
      files={chat.files}
      peerName={info.value?.business_name ?? ""}
      onTyping={chat.typing}
      autoFocus
    />
  );
}

/** What stands above the first message. */
function Intro({ name, about }: { name: string; about: Info }) {
  return (
    <div class="intro">
      <Avatar name={about.business_name} here={presence.value?.state === "here"} size="l" />
      <h2>{name ? t("intro.welcome", { name }) : about.business_name}</h2>
      <p class="greeting">{about.greeting[locale.value] || t("start.greeting")}</p>
      <PresenceText />
      {presence.value?.state !== "here" && (
        <p class="away-note">{t(about.pocket ? "intro.pocket" : "intro.away")}</p>
      )}
    </div>
  );
}

function Blocked() {
  return (
    <p class="blocked" role="status">
      <Icon body={ban} />
      {t("refused.blocked")}
    </p>
  );
}
