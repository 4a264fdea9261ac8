import unplug from "icon:unplug";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { PendingUploads } from "../../shared/pending-uploads";
import { Thread as ThreadView } from "../../shared/thread";
import type { CallMedia, Thread } from "../../shared/types";
import { Via } from "../../shared/via";
import { me } from "../access";
import { callsAllowed, callVisitor, whyNot } from "../calls/hook";
import { markRead } from "../reads";
import { roomOf } from "../rooms";
import { Empty } from "../ui/empty";
import { Foot } from "./foot";
import { ConversationHeader } from "./header";

/** One conversation: who, what was said, what to answer. */
export function ConversationView({ thread }: { thread: Thread }) {
  const { room } = thread;
  const opened = roomOf(room);
  const { conversation, outbox } = opened;
  // As it was when the agent came: what arrives while he looks is not new to him.
  const [readUpTo] = useState(thread.agent_read_up_to);
  const [failed, setFailed] = useState(false);

  async function load(): Promise<void> {
    setFailed(false);
    setFailed(!(await conversation.loadNewest()));
  }
  useEffect(() => {
    conversation.receipt({
      room,
      by: "visitor",
      delivered_up_to: thread.visitor_delivered_up_to,
      read_up_to: thread.visitor_read_up_to,
    });
    conversation.receipt({ room, by: "agent", read_up_to: thread.agent_read_up_to });
    if (!conversation.loaded.value) void load();
  }, [room]);

  const callable = callsAllowed.value !== "off" && whyNot(thread) === null;
  return (
    <>
      <ConversationHeader thread={thread} />
      {failed && !conversation.loaded.value ? (
        <Empty icon={unplug} title={t("conversation.failed.title")} text={t("conversation.failed.text")}>
          <button class="button plain" type="button" data-testid="messages-retry" onClick={() => void load()}>
            {t("try-again")}
          </button>
        </Empty>
      ) : (
        <ThreadView
          conversation={conversation}
          outbox={outbox}
          peerName={thread.name}
          {...(me.value ? { ownName: me.value.name } : {})}
          via={Via}
          pending={<PendingUploads files={opened.files} />}
          readUpTo={readUpTo}
          onSeen={(upTo) => markRead(room, upTo)}
          onCall={callable ? (media) => callVisitor(allowed(media), room) : undefined}
        />
      )}
      <Foot thread={thread} room={opened} />
    </>
  );
}

/** A video call may be answered by voice, once video has been switched off. */
const allowed = (media: CallMedia): CallMedia => (callsAllowed.value === "video" ? media : "audio");
