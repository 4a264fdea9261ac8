import imageOff from "icon:image-off";
import type { Conversation } from "../conversation";
import { Icon, localPreviews, useState } from "../kit";
import type { Message, Upload } from "../types";
import { Broken, type Fault } from "./broken";
import { fateOf } from "./link";

interface Props {
  shot: Message & { upload: Upload };
  conversation: Conversation;
  alt: string;
}

/** The whole picture; until it is here the small one stands in its place. */
export function ViewerPicture({ shot, conversation, alt }: Props) {
  const { upload } = shot;
  const [src, setSrc] = useState(upload.url);
  const [state, setState] = useState<"loading" | "shown" | Fault>("loading");
  const { width = 0, height = 0 } = upload;

  async function onError(): Promise<void> {
    const fate = await fateOf(conversation, shot.id, src);
    if (typeof fate === "string") setState(fate);
    else setSrc(fate.url);
  }

  if (state === "gone" || state === "broken") {
    return (
      <div class="viewer-fault">
        <Icon body={imageOff} />
        <Broken fault={state} what="picture" onRetry={() => setState("loading")} />
      </div>
    );
  }
  const small = localPreviews.get(upload.id) ?? upload.thumb_url;
  return (
    <div
      class={`viewer-picture ${state}`}
      style={{
        // As large as the stage allows, never larger than it is.
        width: `min(${width}px, 100%, ${width / height} * var(--stage-height))`,
        aspectRatio: `${width} / ${height}`,
      }}
    >
      {small && state === "loading" && <img src={small} alt="" draggable={false} />}
      <img
        key={src}
        src={src}
        alt={alt}
        draggable={false}
        onLoad={() => setState("shown")}
        onError={() => void onError()}
      />
      {state === "loading" && <span class="spinner" />}
    </div>
  );
}
