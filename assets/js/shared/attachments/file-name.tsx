/** These fit in every card. */
const SHORT_CHARS = 20;
/** Kept whole at the end, with the ending. */
const TAIL_CHARS = 4;
const ENDING = /\.[\p{L}\p{N}]{1,10}$/u;

export const endingOf = (name: string): string => ENDING.exec(name)?.[0].slice(1) ?? "";

/** A file's name in one line; a long one loses its middle, never its ending. */
export function FileName({ name }: { name: string }) {
  const chars = [...name];
  const tail = (ENDING.exec(name)?.[0].length ?? 0) + TAIL_CHARS;
  let at = chars.length > SHORT_CHARS ? chars.length - tail : chars.length;
  while (chars[at] === " ") at++;
  return (
    <span class="file-name" dir="auto" title={name}>
      <span aria-hidden="true">{chars.slice(0, at).join("")}</span>
      <span aria-hidden="true">{chars.slice(at).join("")}</span>
      {/* In two pieces it would be read as two words. */}
      <span class="visually-hidden">{name}</span>
    </span>
  );
}
