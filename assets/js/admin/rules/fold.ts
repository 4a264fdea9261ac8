/**
 * Folding for search: what a Turkish speaker types without diacritics must find what was written with them.
 * The dotted and dotless i are one letter here (I, İ, ı, i), and every combining mark is dropped.
 */
function foldChar(char: string): string {
  if ("Iİıi".includes(char)) return "i";
  return char.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}

export function fold(text: string): string {
  let folded = "";
  for (const char of text) folded += foldChar(char);
  return folded;
}

/** A piece of text and whether the query matched it; the pieces joined are the text. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** Splits `text` where the folded `query` occurs. Folding may change lengths, so every folded unit remembers its origin. */
export function highlight(text: string, query: string): Piece[] {
  const needle = fold(query.trim());
  if (needle === "") return [{ text, hit: false }];
  let folded = "";
  const origin: number[] = [];
  let at = 0;
  for (const char of text) {
    for (const unit of foldChar(char)) {
      folded += unit;
      for (let i = 0; i < unit.length; i++) origin.push(at);
    }
    at += char.length;
  }
  origin.push(text.length);
  const pieces: Piece[] = [];
  let done = 0;
  for (let hit = folded.indexOf(needle); hit !== -1; hit = folded.indexOf(needle, hit + needle.length)) {
    const start = origin[hit] ?? 0;
    const end = origin[hit + needle.length] ?? text.length;
    if (start > done) pieces.push({ text: text.slice(done, start), hit: false });
    pieces.push({ text: text.slice(start, end), hit: true });
    done = end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), hit: false });
  return pieces;
}

/** How much text stays before the first hit, so that the hit is visible in a one-line row. */
const LEAD_CHARS = 18;

/** Cuts a long text so that its first hit shows. */
export function excerpt(text: string, query: string): string {
  const line = text.replace(/\s+/g, " ");
  const [first, second] = highlight(line, query);
  if (!first || first.hit || !second || first.text.length <= LEAD_CHARS) return line;
  const from = line.lastIndexOf(" ", first.text.length - LEAD_CHARS);
  return from > 0 ? `…${line.slice(from + 1)}` : line;
}
