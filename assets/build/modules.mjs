import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { transform } from "esbuild";
import { emojiData } from "./emoji.mjs";

const require = createRequire(import.meta.url);

/** Which texts a page brings. Those of files come later, but the panel's list of threads names files at once. */
const TEXTS = { visitor: ["common", "visitor"], admin: ["common", "files", "admin"] };
/** Every other name is a part of a page that comes later and brings the file of that name. */
const textsOf = (name) => TEXTS[name] ?? [name];

/** `icon:NAME`, `css:NAME`, `page:main`, `locale:PAGE.LANG` and `emoji-data:LANG`, as js/shared/virtual.d.ts describes them. */
export function virtualModules(root, page) {
  return {
    name: "virtual-modules",
    setup(build) {
      const main = page.sources.find((source) => source.endsWith(".tsx"));
      build.onResolve({ filter: /^page:main$/ }, () => ({ path: join(root, main) }));
      build.onResolve({ filter: /^(icon|css|locale|emoji-data):/ }, ({ path }) => {
        const [namespace, name] = path.split(":");
        // The path becomes the file's name below assets/.
        if (namespace === "emoji-data") return { namespace, path: `emoji-${name}.json` };
        return { namespace, path: namespace === "locale" ? name.replace(".", "-") : name };
      });
      build.onLoad({ filter: /.*/, namespace: "icon" }, async ({ path }) => {
        const file = require.resolve(`lucide-static/icons/${path}.svg`);
        return { contents: inside(await readFile(file, "utf8")), loader: "text", watchFiles: [file] };
      });
      build.onLoad({ filter: /.*/, namespace: "css" }, async ({ path }) => {
        const file = join(root, "css", `${path}.css`);
        const { target, minify } = build.initialOptions;
        const { code } = await transform(await readFile(file, "utf8"), { loader: "css", target, minify });
        return { contents: code.trim(), loader: "text", watchFiles: [file] };
      });
      build.onLoad({ filter: /.*/, namespace: "locale" }, async ({ path }) => {
        const [page, language] = path.split("-");
        const parts = textsOf(page);
        const files = parts.map((part) => join(root, "locales", `${part}.${language}.json`));
        const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
        const merged = Object.assign({}, ...texts.map((text) => JSON.parse(text)));
        // `default` keeps esbuild from making an export of each key.
        return { contents: `export default ${JSON.stringify(merged)}`, loader: "js", watchFiles: files };
      });
      build.onLoad({ filter: /.*/, namespace: "emoji-data" }, async ({ path }) => ({
        contents: JSON.stringify(await emojiData(path.slice("emoji-".length, -".json".length))),
        loader: "file",
      }));
    },
  };
}

function inside(svg) {
  return svg
    .replace(/<!--.*?-->/gs, "")
    .replace(/^.*?<svg[^>]*>|<\/svg>\s*$/gs, "")
    .replace(/\s+/g, " ")
    .replace(/ ?(\/?>) ?/g, "$1")
    .trim();
}
