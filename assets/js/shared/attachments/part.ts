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
  // Calls take more room than was kept for them where their words need two lines.
  requestAnimationFrame(placeKept());
  addStyle(css);
  return part;
}

/** Answers what brings the lowest row that is on screen now back to where it is. */
function placeKept(): () => void {
  const thread = document.querySelector(".thread");
  const end = thread?.getBoundingClientRect().bottom ?? 0;
  const lowest = Array.from(thread?.children ?? []).findLast((row) => row.getBoundingClientRect().top < end);
  if (!thread || !lowest) return () => {};
  const before = lowest.getBoundingClientRect().bottom;
  return () => {
    thread.scrollTop += lowest.getBoundingClientRect().bottom - before;
  };
}
