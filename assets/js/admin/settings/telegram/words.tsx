import type { ComponentChildren } from "preact";
import { ApiError } from "../../../shared/api";
import { has, t } from "../../../shared/i18n";
import { problemText } from "../../problem";

/** What links to the person or bot of this name in Telegram. */
export function At({ name }: { name: string }) {
  return (
    <a href={`https://t.me/${name}`} target="_blank" rel="noreferrer">
      @{name}
    </a>
  );
}

/** In a sentence of the locale files, names link and what is typed stands out. */
export const rich = (text: string): ComponentChildren =>
  text.split(/(@\w+|\/newbot|[A-Z]+_[A-Z_]+)/).map((piece, at) => {
    if (at % 2 === 0) return piece;
    return piece.startsWith("@") ? <At key={at} name={piece.slice(1)} /> : <code key={at}>{piece}</code>;
  });

/** A refusal, with what Telegram itself said where that is all there is to go by. */
export function refusal(error: unknown): string {
  const words = problemText(error);
  return error instanceof ApiError && error.code === "telegram_refused" ? `${words} ${error.detail}` : words;
}

/** Faults by code; a newer server may know others, and then has the words. */
export function faultWords({ code, title, fix }: { code: string; title: string; fix: string }) {
  const key = `telegram.fault.${code}`;
  return has(key) ? { title: t(key), fix: t(`${key}.fix`) } : { title, fix };
}

/** What a notice was about. */
export function noticeKind(kind: string): string {
  const key = `telegram.kind.${kind}`;
  return t(has(key) ? key : "telegram.kind.other");
}
