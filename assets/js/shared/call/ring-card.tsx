import phone from "icon:phone";
import phoneOff from "icon:phone-off";
import video from "icon:video";
import { Avatar, Icon, t } from "../kit";
import type { Calls, Ring } from "./types";

/** Somebody is calling. */
export function RingCard({ calls, ring, canVideo }: { calls: Calls; ring: Ring; canVideo: boolean }) {
  const isVideo = ring.media === "video" && canVideo;
  return (
    <fieldset
      class={`call-card call-ring ${isVideo ? "three" : ""}`}
      aria-label={t("call.said.ring", { name: ring.from })}
    >
      <div class="call-who">
        <span class="call-face m pulsing">
          <Avatar name={ring.from} />
        </span>
        <div class="call-words">
          <h2>{ring.from}</h2>
          <p class="call-status">{isVideo ? t("call.in.video") : t("call.in.audio")}</p>
        </div>
      </div>
      <div class="call-answers">
        <button
          type="button"
          class="call-answer decline"
          data-testid="call-decline"
          onClick={() => void calls.decline(ring)}
        >
          <Icon body={phoneOff} />
          {t("call.decline")}
        </button>
        <button
          type="button"
          class={`call-answer accept ${isVideo ? "second" : ""}`}
          data-testid="call-accept-audio"
          onClick={() => void calls.accept(ring, "audio")}
        >
          <Icon body={phone} />
          {isVideo ? t("call.accept.audio") : t("call.accept")}
        </button>
        {isVideo && (
          <button
            type="button"
            class="call-answer accept"
            data-testid="call-accept-video"
            onClick={() => void calls.accept(ring, "video")}
          >
            <Icon body={video} />
            {t("call.accept.video")}
          </button>
        )}
      </div>
    </fieldset>
  );
}
