import { readFile } from "node:fs/promises";

// emoji-picker-element writes a <style> element and style="" attributes into its shadow root, which
// `style-src 'self'` refuses. Constructable style sheets and the CSSOM say the same and are allowed.
const CHANGES = [
  [
    /const style = document\.createElement\('style'\);\s*style\.textContent = ([^;]+);\s*this\.shadowRoot\.appendChild\(style\);/,
    "const sheet = new CSSStyleSheet(); sheet.replaceSync($1); this.shadowRoot.adoptedStyleSheets = [sheet];",
  ],
  [
    /targetNode\.setAttribute\(attributeName, newValue\);/,
    "if (attributeName === 'style') targetNode.style.cssText = newValue; else targetNode.setAttribute(attributeName, newValue);",
  ],
];

export function pickerWithoutInlineStyle() {
  return {
    name: "picker-without-inline-style",
    setup(build) {
      build.onLoad({ filter: /emoji-picker-element\/picker\.js$/ }, async ({ path }) => {
        let contents = await readFile(path, "utf8");
        for (const [found, replacement] of CHANGES) {
          if (!found.test(contents)) {
            throw new Error(
              `emoji-picker-element has changed: ${found} is not in ${path}. Adapt build/picker.mjs.`,
            );
          }
          contents = contents.replace(found, replacement);
        }
        return { contents, loader: "js" };
      });
    },
  };
}
