import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { entryFiles } from "./bundle.mjs";

/** The pages with hashed names in them, and the scripts a page's own script needs fetched beside it. */
export async function writePages({ outDir, pages, outputs }) {
  for (const { name, html, sources } of pages) {
    let page = html;
    const preloads = [];
    for (const source of sources) {
      const [own, ...imported] = entryFiles(outputs[name], source);
      page = page.replace(`"${source}"`, `"/${own}"`);
      preloads.push(...imported.filter((file) => file.endsWith(".js")));
    }
    const links = preloads.map((file) => `<link rel="modulepreload" href="/${file}">`).join("");
    page = page.replace("</head>", `${links}</head>`).replace(/>\s+</g, "><").trim();
    await writeFile(join(outDir, `${name}.html`), `${page}\n`);
  }
}

/** icons/ holds what lies at the root under its own name: favicon, manifest. */
export async function copyStatic({ root, outDir }) {
  for (const file of await readdir(join(root, "icons"))) {
    await copyFile(join(root, "icons", file), join(outDir, file));
  }
}
