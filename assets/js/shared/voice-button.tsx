import mic from "icon:mic";
import type { Files } from "./files";
import { t } from "./i18n";
import { Icon } from "./ui/icon";

/** Whether this browser can record at all. Only a secure page has `mediaDevices`. */
export const canRecord = "MediaRecorder" in window && "mediaDevices" in navigator;

/** Where the send button is when there is something to send. Held, it records until it is let go. */
export function VoiceButton({ files: { voice } }: { files: Files }) {
  return (
    <button
      type="button"
      class="send mic"
      aria-label={t("composer.record")}
      title={t("composer.record")}
      data-testid="voice-button"
      onPointerEnter={voice.preload}
      onFocus={voice.preload}
      onPointerDown={(event) => voice.use((part) => part.press(event))}
      onClick={() => voice.use((part) => part.click())}
    >
      <Icon body={mic} />
    </button>
  );
}
