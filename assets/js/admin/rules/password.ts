import { fold } from "./fold";

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;
export type Strength = "short" | "weak" | "fair" | "strong";

/** Length counts most; sameness, runs and the person's own names count against it. A hint, not a gate: only length is. */
export function strengthOf(password: string, ownWords: string[]): Strength {
  if (password.length < PASSWORD_MIN) return "short";
  let rest = fold(password);
  for (const word of ownWords.flatMap((one) => fold(one).split(/\s+/))) {
    if (word.length > 2) rest = rest.replaceAll(word, "");
  }
  rest = rest
    .replace(/(.)\1{2,}/g, "$1")
    .replace(/0123456789|123456789|12345678|1234567|123456|12345|qwerty|password|parola|sifre/g, "");
  const different = new Set(rest).size;
  if (rest.length < 8 || different < 5) return "weak";
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(password)).length;
  return rest.length + kinds * 2 >= 19 ? "strong" : "fair";
}
