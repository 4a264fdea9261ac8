/** These fit in every card. */
const SHORT_CHARS = 20;
/** Kept whole at the end, with the ending. */
const TAIL_CHARS = 6;
const ENDING = /\.[\p{L}\p{N}]{1,10}$/u;

export const endingOf = (name: string): string => ENDING.exec(name)?.[0].slice(1) ?? "";

/** A file's name in one line; a long one loses its middle, never its ending. */
export function FileName({ name }: { name: string }) {
  const chars = [...name];
  const tail = (ENDING.exec(name)?.[0].length ?? 0) + TAIL_CHARS;
  const at = chars.length > SHORT_CHARS ? chars.length - tail : chars.length;
  return (
    <span class="file-name" dir="auto" title={name}>
      <span>{chars.slice(0, at).join("")}</span>
      <span>{chars.slice(at).join("").trimStart()}</span>
    </span>
  );
}
