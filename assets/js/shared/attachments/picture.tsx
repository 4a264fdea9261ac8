import imageOff from "icon:image-off";
import { Icon, imageBox, localPreviews, t, useState } from "../kit";
import type { AttachmentProps } from "./attachment";
import { Broken, type Fault } from "./broken";
import { fateOf } from "./link";
import { openViewer } from "./viewer";

/** Too narrow for a sentence. */
const SMALL_PX = 180;

/** A picture in the thread, in the box its size gives it. Pressing it opens the viewer. */
export function Picture({ attached: { upload }, entry, conversation, peerName, withText }: AttachmentProps) {
  const box = imageBox(upload, withText);
  // What is on screen stays there when newer links come.
  const [src, setSrc] = useState(localPreviews.get(upload.id) ?? upload.thumb_url ?? upload.url);
  const [state, setState] = useState<"loading" | "shown" | Fault>("loading");
  const captioned = entry.text ? "captioned" : "";
  const style = { width: `${box.width}px`, aspectRatio: `${box.width} / ${box.height}` };

  async function onError(): Promise<void> {
    if (src.startsWith("blob:")) {
      localPreviews.delete(upload.id);
      setSrc(upload.thumb_url ?? upload.url);
      return;
    }
    const fate = await fateOf(conversation, entry.id, src);
    if (typeof fate === "string") setState(fate);
    else setSrc(fate.thumb_url ?? fate.url);
  }

  if (state === "gone" || state === "broken") {
    return (
      <div
        class={`attachment image ${state} ${box.width < SMALL_PX ? "small" : ""} ${captioned}`}
        style={style}
      >
        <Icon body={imageOff} />
        <Broken fault={state} what="picture" onRetry={() => setState("loading")} />
      </div>
    );
  }
  const fits = (upload.width ?? 0) <= box.width && (upload.height ?? 0) <= box.height;
  return (
    <button
      type="button"
      class={`attachment image ${state} ${fits ? "fits" : ""} ${captioned}`}
      style={style}
      data-testid="image-message"
      data-id={entry.id}
      onClick={(event) => {
        if (entry.id !== undefined) openViewer(conversation, entry.id, peerName, event.currentTarget);
      }}
    >
      <img
        key={src}
        src={src}
        alt={
          entry.from === conversation.me && entry.author === undefined
            ? t("picture.own", { file: upload.name })
            : t("picture.from", { name: entry.author ?? peerName, file: upload.name })
        }
        loading="lazy"
        decoding="async"
        draggable={false}
        onLoad={() => setState("shown")}
        onError={() => void onError()}
      />
      {upload.mime === "image/gif" && <span class="tag">GIF</span>}
    </button>
  );
}
