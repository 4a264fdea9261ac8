import phone from "icon:phone";
import video from "icon:video";
import { t } from "../../shared/i18n";
import type { CallMedia, Thread } from "../../shared/types";
import { IconButton } from "../../shared/ui/icon-button";
import { toast } from "../../shared/ui/toast";
import { narrowHead } from "../ui/media";
import { callsAllowed, callVisitor, preloadCalls, whyNot } from "./hook";

/** In the header of a conversation. One that cannot work now says why, to whoever points, tabs or presses. */
export function CallButtons({ thread }: { thread: Thread }) {
  return (
    <>
      {canOffer("audio") && <CallButton media="audio" icon={phone} thread={thread} />}
      {canOffer("video") && !narrowHead.value && <CallButton media="video" icon={video} thread={thread} />}
    </>
  );
}

/** Whether the owner lets people call like that. */
export const canOffer = (media: CallMedia): boolean =>
  callsAllowed.value === "video" || callsAllowed.value === media;

export function pressCall(media: CallMedia, thread: Thread): void {
  const reason = whyNot(thread);
  if (reason) toast(reason);
  else callVisitor(media, thread.room);
}

function CallButton({ media, icon, thread }: { media: CallMedia; icon: string; thread: Thread }) {
  const reason = whyNot(thread);
  const name = t(`call-button.${media}`);
  return (
    <IconButton
      icon={icon}
      label={reason ? `${name}. ${reason}` : name}
      aria-disabled={reason !== null}
      data-testid={`call-${media}`}
      data-call-button
      onPointerEnter={preloadCalls}
      onFocus={preloadCalls}
      onClick={() => pressCall(media, thread)}
    />
  );
}
