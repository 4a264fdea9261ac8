import type { CannedReply } from "../wire";
import { fold } from "./fold";

/** What follows the slash while the whole text is one "/word"; null when the text is something else. */
export function cannedQuery(text: string): string | null {
  return /^\/([^\s/]*)$/.exec(text)?.[1] ?? null;
}

/** The replies that fit: shortcuts that begin with the query, then shortcuts and texts that contain it. */
export function cannedFor(replies: readonly CannedReply[], query: string): CannedReply[] {
  const wanted = fold(query);
  const rank = (reply: CannedReply): number => {
    const shortcut = fold(reply.shortcut);
    if (shortcut.startsWith(wanted)) return 0;
    if (shortcut.includes(wanted)) return 1;
    return fold(reply.text).includes(wanted) ? 2 : -1;
  };
  return replies
    .map((reply) => ({ reply, at: rank(reply) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || a.reply.shortcut.localeCompare(b.reply.shortcut))
    .map(({ reply }) => reply);
}
