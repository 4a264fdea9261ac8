import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const LANGUAGES = ["tr", "en"];
/** Texts of js/shared must work on every page, so they are looked for in common only; its later parts bring their own. */
const SCOPES = { shared: ["common"], visitor: ["common", "visitor"], admin: ["common", "files", "admin"] };
const LATER = [
  // What only the panel shows, which has these texts from the start, is no part of the visitor's page.
  { directories: /^(attachments|attach|voice)\/|^via\./, part: "files" },
  { directories: /^call\//, part: "call" },
  { directories: /^ask\//, part: "ask" },
  { directories: /^settings\/telegram\//, part: "telegram" },
  { directories: /^connection-test\//, part: "connection" },
];
const USE = /\bt\(\s*"([\w.-]+)"\s*[,)]/g;

/** Sentences about what differs between the languages and which texts the code asks for in vain. */
export async function checkLocales(root) {
  const faults = [];
  const keys = {};
  const names = (await readdir(join(root, "locales"))).filter((file) => file.endsWith(".json"));
  for (const part of new Set(names.map((file) => file.split(".")[0]))) {
    const [first, ...others] = await Promise.all(
      LANGUAGES.map((language) => read(root, part, language, faults)),
    );
    keys[part] = new Set(Object.keys(first));
    others.forEach((other, index) => {
      faults.push(
        ...compare(first, other, `${part}.${LANGUAGES[0]}.json`, `${part}.${LANGUAGES[index + 1]}.json`),
      );
    });
  }
  for (const [directory, parts] of Object.entries(SCOPES)) {
    if (!parts.every((part) => keys[part])) continue;
    for (const [file, key] of await uses(join(root, "js", directory))) {
      const later = LATER.filter(({ directories }) => directories.test(file)).map(({ part }) => part);
      const known = [...parts, ...later];
      if (!known.some((part) => keys[part]?.has(key)))
        faults.push(`js/${directory}/${file} asks for the text "${key}", which ${known.join(" and ")} lack.`);
    }
  }
  return faults;
}

async function read(root, part, language, faults) {
  const file = `${part}.${language}.json`;
  try {
    return JSON.parse(await readFile(join(root, "locales", file), "utf8"));
  } catch (error) {
    faults.push(`locales/${file} cannot be read: ${error.message}`);
    return {};
  }
}

function compare(a, b, nameA, nameB) {
  const faults = [];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!(key in a)) faults.push(`locales/${nameA} lacks "${key}", which ${nameB} has.`);
    else if (!(key in b)) faults.push(`locales/${nameB} lacks "${key}", which ${nameA} has.`);
    else if (shape(a[key]) !== shape(b[key]))
      faults.push(`"${key}" takes other values or plurals in ${nameA} than in ${nameB}.`);
  }
  return faults;
}

/** The {placeholders} of a text and its plural forms. */
function shape(text) {
  const forms = typeof text === "string" ? "" : Object.keys(text).sort().join();
  const all = typeof text === "string" ? text : (text.other ?? "");
  return `${forms}|${[...new Set(all.match(/\{\w+\}/g))].sort().join()}`;
}

async function uses(directory) {
  const files = await readdir(directory, { recursive: true }).catch(() => []);
  const found = [];
  for (const file of files.filter((name) => /\.tsx?$/.test(name))) {
    const text = await readFile(join(directory, file), "utf8");
    for (const match of text.matchAll(USE)) found.push([file, match[1]]);
  }
  return found;
}
