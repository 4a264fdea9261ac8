import { has, t } from "./i18n";

/** A system message's code in words; a code this page does not know yet is shown as it is. */
export function systemText(code: string, author?: string): string {
  const key = `system.${code}`;
  if (author && has(`${key}-by`)) return t(`${key}-by`, { name: author });
  return has(key) ? t(key) : code;
}
