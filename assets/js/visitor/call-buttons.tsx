import phone from "icon:phone";
import video from "icon:video";
import { type CallHook, canCall } from "../shared/calls";
import { t } from "../shared/i18n";
import type { CallMedia } from "../shared/types";
import { IconButton } from "../shared/ui/icon-button";
import { agentsOnline, info } from "./store";

/** How one can call: where this browser can, the owner wants it, and somebody is there or told on the phone. */
export function callable(): CallMedia | false | undefined {
  const { calls: allowed, pocket } = info.value ?? {};
  return canCall && (pocket || agentsOnline.value > 0) && allowed !== "off" && allowed;
}

export function CallButtons({ calls: { part } }: { calls: CallHook }) {
  const allowed = callable();
  if (!allowed) return null;
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
