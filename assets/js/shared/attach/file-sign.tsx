import music from "icon:audio-lines";
import video from "icon:clapperboard";
import file from "icon:file-text";
import image from "icon:image";
import { Icon } from "../kit";
import type { Kind } from "./kinds";

const SIGNS: Record<Kind, string> = { image, audio: music, video, file };

/** Stands for a file that cannot show itself. */
export function FileSign({ kind }: { kind: Kind }) {
  return <Icon body={SIGNS[kind]} class="file-sign" />;
}
