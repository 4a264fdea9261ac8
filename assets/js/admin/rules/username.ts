import { fold } from "./fold";

export const USERNAME = /^[a-z0-9._-]{2,40}$/;

/** A user name made of a person's first name: "Ayşe Yıldız" becomes "ayse". */
export function suggestedUsername(name: string): string {
  const first = fold(name.trim()).split(/\s+/)[0] ?? "";
  return first.replace(/[^a-z0-9._-]/g, "").slice(0, 40);
}
