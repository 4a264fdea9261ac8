export interface Piece {
  text: string;
  href?: string;
}

// Only these three: javascript:, data: and friends never become links.
const LINK =
  /\bhttps?:\/\/[^\s<>"]+|\bwww\.[^\s<>"]+\.[^\s<>"]+|\b(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;
const TRAILING = /[.,;:!?'’”»]+$/u;

/** Splits a message's text into plain pieces and links. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimmed(match[0]);
    const href = address(shown);
    if (!href) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** The sentence's own punctuation and a bracket opened before the link do not belong to it. */
function trimmed(link: string): string {
  const end = link.replace(TRAILING, "");
  return end.endsWith(")") && !end.includes("(") ? trimmed(end.slice(0, -1)) : end;
}

function address(shown: string): string | undefined {
  const full = /^(https?|mailto):/i.test(shown)
    ? shown
    : shown.includes("://") || /^www\./i.test(shown)
      ? `https://${shown}`
      : `mailto:${shown}`;
  return URL.canParse(full) ? full : undefined;
}

const ONLY_EMOJI =
  /^(?:(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic})(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*\s*){1,3}$/u;

/** One to three emoji and nothing else: shown large. */
export function isOnlyEmoji(text: string): boolean {
  return ONLY_EMOJI.test(text);
}
