/** Kept whole at the end, with the ending. */
const TAIL_CHARS = 6;
const ENDING = /\.[\p{L}\p{N}]{1,10}$/u;

export const endingOf = (name: string): string => ENDING.exec(name)?.[0].slice(1) ?? "";

/** A file's name in one line; a long one loses its middle, never its ending. */
export function FileName({ name }: { name: string }) {
  const chars = [...name];
  const at = Math.max(0, chars.length - (ENDING.exec(name)?.[0].length ?? 0) - TAIL_CHARS);
  return (
    <span class="file-name" dir="auto" title={name}>
      <span>{chars.slice(0, at).join("")}</span>
      <span>{chars.slice(at).join("")}</span>
    </span>
  );
}
