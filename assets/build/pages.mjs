import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Every page is pages/NAME.html and names its script and style by their source files. */
export const PAGE_NAMES = ["visitor", "admin"];
const SOURCE = /(?:href|src)="((?:css|js)\/[^"]+)"/g;

export async function readPages(root) {
  const pages = [];
  for (const name of PAGE_NAMES) {
    let html;
    try {
      html = await readFile(join(root, "pages", `${name}.html`), "utf8");
    } catch (error) {
      if (error.code === "ENOENT") continue;
      throw error;
    }
    pages.push({ name, html, sources: [...html.matchAll(SOURCE)].map((match) => match[1]) });
  }
  return pages;
}
