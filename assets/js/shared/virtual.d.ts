// Modules that build.mjs makes up while bundling.

/** The inside of one lucide icon's <svg>, taken from the package at build time: `import send from "icon:send"`. */
declare module "icon:*" {
  const body: string;
  export default body;
}

/** The script of the page that is being bundled. */
declare module "page:main";

/** css/NAME.css as a text, for parts that come later: `import css from "css:attach"`. */
declare module "css:*" {
  const css: string;
  export default css;
}

/** common.<lang>.json and <page>.<lang>.json in one chunk: `import("locale:visitor.tr")`. */
declare module "locale:*" {
  const texts: Record<string, string | Record<string, string>>;
  export default texts;
}

/** The address of the emoji data in one language: `import url from "emoji-data:tr"`. */
declare module "emoji-data:*" {
  const url: string;
  export default url;
}
