import phone from "icon:phone";
import video from "icon:video";
import { type CallHook, canCall } from "../shared/calls";
import { t } from "../shared/i18n";
import { IconButton } from "../shared/ui/icon-button";
import { agentsOnline, info } from "./store";

/** Only where a call can work: this browser can, the owner wants it, and somebody is there to answer. */
export function CallButtons({ calls: { part } }: { calls: CallHook }) {
  const allowed = info.value?.calls;
  if (!canCall || !allowed || allowed === "off" || !agentsOnline.value) return null;
  const button = (media: "audio" | "video", icon: string, label: string) => (
    <IconButton
      icon={icon}
      label={label}
      disabled={part.part.value?.busy.value}
      data-testid={`call-${media}`}
      data-call-button
      onPointerEnter={part.preload}
      onFocus={part.preload}
      onClick={() => part.use((one) => void one.call(media))}
    />
  );
  return (
    <>
      {button("audio", phone, t("call-button.audio"))}
      {allowed === "video" && button("video", video, t("call-button.video"))}
    </>
  );
}
