import css from "css:visitor/ask";
import { addStyle, addTexts } from "../../shared/kit";
import type { Entry } from "../../shared/rows";
import type { Chat } from "../chat";
import { Contact } from "./contact";
import { Rating } from "./rating";

export interface AskProps {
  /** The system's line below which it is asked. */
  entry: Entry;
  chat: Chat;
}

/** With style and words. */
export async function ready() {
  await addTexts({ tr: () => import("locale:ask.tr"), en: () => import("locale:ask.en") });
  addStyle(css);
  return { Ask };
}

/** Where nobody has answered: how to reach the visitor. Where it is over: how it was. Only the latest line asks. */
function Ask({ entry, chat }: AskProps) {
  const { id, text } = entry;
  const lines = chat.conversation.messages.value.filter(({ from }) => from === "system");
  const latest = lines.findLast((line) => line.text === text)?.id === id;
  if (id === undefined || !latest || chat.blocked.value) return null;
  if (text === "late") return <Contact chat={chat} since={id} />;
  return text === "closed" ? <Rating chat={chat} closing={id} /> : null;
}
