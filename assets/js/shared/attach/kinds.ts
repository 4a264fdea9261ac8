import type { UploadGroup } from "../types";

/** How a file is shown before the server has looked at it. */
export type Kind = "image" | "audio" | "video" | "file";

const ACTIVE = /\.(svgz?|x?html?|xml)$/i;
const DOCUMENT = /\.(do[ct]x?|xl[st]x?|pp[st]x?|od[tsp]|rtf|epub)$/i;
const ARCHIVE = /\.(zip|tar|t?gz|bz2|xz|zst|7z|rar)$/i;
const TEXT = /\.(txt|csv|tsv|log|md|json|srt|vtt|ics|vcf|ya?ml|toml|ini|tex)$/i;
const PICTURE = /\.(jpe?g|png|gif|webp|heic|heif|avif|bmp|tiff?)$/i;

/** The group a file obviously belongs to; the server looks at the content and has the last word. */
export function groupOf({ name, type }: { name: string; type: string }): UploadGroup | undefined {
  if (ACTIVE.test(name) || /svg|html|xml$/.test(type)) return "other";
  if (type.startsWith("image/") || PICTURE.test(name)) return "images";
  if (type.startsWith("audio/")) return "audio";
  if (type.startsWith("video/")) return "video";
  if (type === "application/pdf") return "pdf";
  if (DOCUMENT.test(name)) return "documents";
  if (ARCHIVE.test(name)) return "archives";
  if (TEXT.test(name) || type.startsWith("text/")) return "text";
  return undefined;
}

export function kindOf(file: { name: string; type: string }): Kind {
  const group = groupOf(file);
  if (group === "images") return "image";
  return group === "audio" || group === "video" ? group : "file";
}

/** For the file chooser. Pictures of any format: those the server does not read are converted here. */
const ACCEPTED: Record<Exclude<UploadGroup, "other">, string> = {
  images: "image/*,.heic,.heif",
  audio: "audio/*",
  video: "video/*",
  pdf: ".pdf",
  documents: ".doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.odp,.rtf,.epub",
  text: ".txt,.csv,.log,.md,.json,.ics,.vcf",
  archives: ".zip,.7z,.rar,.tar,.gz,.tgz,.bz2,.xz,.zst",
};

/** An empty text lets the chooser show everything. */
export function acceptOf(types: readonly UploadGroup[] | undefined): string {
  if (!types || types.includes("other")) return "";
  return types.map((type) => (type === "other" ? "" : ACCEPTED[type])).join();
}
