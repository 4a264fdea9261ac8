import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { me } from "../access";

/** The last message in one line, with who said it when it was not the visitor. */
export function lastLine(thread: Thread): string {
  const last = thread.last;
  if (!last) return t("row.no-message");
  const text = (last.text ?? "").replace(/\s+/g, " ");
  if (last.from === "system") return t(last.text === "reopened" ? "system.reopened" : "system.closed");
  if (last.from === "visitor") return text;
  const own = !last.author || last.author === me.value?.name;
  return t(own ? "row.you" : "row.agent", { name: last.author ?? "", text });
}
