import type { Conversation } from "../conversation";
import type { Attached, Entry } from "../rows";
import { AudioPlayer } from "./audio-player";
import { FileCard } from "./file-card";
import { Picture } from "./picture";

export interface AttachmentProps {
  attached: Attached;
  entry: Entry;
  conversation: Conversation;
  /** The other side's name where messages carry none. */
  peerName: string;
  /** A caption or a quote stands with it. */
  withText: boolean;
}

export function Attachment(props: AttachmentProps) {
  const { kind, upload } = props.attached;
  if (kind === "image") return <Picture {...props} />;
  if (kind === "audio") return <AudioPlayer key={upload.id} {...props} />;
  return <FileCard {...props} />;
}
