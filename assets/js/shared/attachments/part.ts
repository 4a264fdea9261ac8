import css from "css:attachments";
import { addStyle, addTexts } from "../kit";
import { Attachment } from "./attachment";
import { CallLine } from "./call-line";
import { inWords, Said } from "./said";

const part = { Attachment, CallLine, Said, inWords };
export type AttachmentsPart = typeof part;

/** With style and words. */
export async function ready(): Promise<AttachmentsPart> {
  await addTexts({ tr: () => import("locale:files.tr"), en: () => import("locale:files.en") });
  addStyle(css);
  return part;
}
