import type { Conversation } from "../conversation";
import { t, toast } from "../kit";
import type { Upload } from "../types";
import { fateOf, isExpired } from "./link";

/** For the click on a link to a file: the browser does it, unless the link is too old. */
export async function download(
  event: Event,
  conversation: Conversation,
  id: number | undefined,
  upload: Upload,
): Promise<void> {
  if (!isExpired(upload.url)) return;
  event.preventDefault();
  const fate = await fateOf(conversation, id, upload.url);
  if (fate === "gone") {
    toast(t("file.gone"), "bad");
    return;
  }
  // No newer link: it may only be this device's clock that finds it old.
  const { url, name } = fate === "broken" ? upload : fate;
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
