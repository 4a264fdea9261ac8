/** Style of a part that comes later, as `import css from "css:NAME"` has it. The CSSOM is free of `style-src`. */
export function addStyle(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}
