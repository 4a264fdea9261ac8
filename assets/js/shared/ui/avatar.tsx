interface Props {
  name: string;
  /** A dot: here (true), away (false), none (undefined). */
  here?: boolean | undefined;
  size?: "s" | "m" | "l";
}

/** Initials in a circle. The name stands beside it, so it says nothing to a screen reader. */
export function Avatar({ name, here, size = "m" }: Props) {
  const presence = here === undefined ? "" : here ? "here" : "away";
  return (
    <span class={`avatar ${size} ${presence}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  // [...word] keeps a surrogate pair together.
  return letters.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase("tr") ?? "").join("");
}
