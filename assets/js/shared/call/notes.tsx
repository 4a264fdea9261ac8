import micOff from "icon:mic-off";
import screen from "icon:monitor-up";
import videoOff from "icon:video-off";
import volume from "icon:volume-2";
import { Icon, t } from "../kit";
import type { Call } from "./types";

/** What the other side does not let one hear or see. */
export function TheirState({ call }: { call: Call }) {
  const { audio, video, screen: shares } = call.theirs.value;
  if (!isTalking(call)) return null;
  return (
    <>
      {!audio && <Chip icon={micOff} text={t("call.theirs.muted")} testid="call-their-mute" />}
      {shares && <Chip icon={screen} text={t("call.theirs.screen")} testid="call-their-screen" />}
      {!video && !shares && call.media.value === "video" && (
        <Chip icon={videoOff} text={t("call.theirs.no-video")} testid="call-their-camera-off" />
      )}
    </>
  );
}

function Chip({ icon, text, testid }: { icon: string; text: string; testid: string }) {
  return (
    <span class="call-chip" data-testid={testid}>
      <Icon body={icon} />
      {text}
    </span>
  );
}

/** What needs a word but does not end the call. */
export function Notes({ call }: { call: Call }) {
  const trouble = call.trouble.value;
  return (
    <>
      {call.soundBlocked.value && (
        <button type="button" class="call-unblock" data-testid="call-unblock" onClick={call.unblock}>
          <Icon body={volume} />
          {t("call.unblock")}
        </button>
      )}
      {call.own.value.screen && (
        <p class="call-note sharing" data-testid="call-sharing">
          <Icon body={screen} />
          <span>{t("call.sharing")}</span>
          <button type="button" class="text-button" onClick={() => void call.shareScreen(false)}>
            {t("call.sharing.stop")}
          </button>
        </p>
      )}
      {trouble && (
        <p class="call-note" data-testid="call-trouble">
          {t(`call.trouble.${trouble}`)}
        </p>
      )}
    </>
  );
}

export function isTalking(call: Call): boolean {
  const { is } = call.phase.value;
  return is === "connected" || is === "reconnecting";
}
