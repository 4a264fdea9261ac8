import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const FLAG = /^\p{Regional_Indicator}{2}$/u;
const EMOJI_STYLE = /\ufe0f/g;

/** Names and search words of every emoji in one language, in the form emoji-picker-element reads. */
export async function emojiData(language) {
  const english = await json("emoji-picker-element-data/en/cldr/data.json");
  if (language === "en") return english;
  // The picker's data set has no Turkish; the CLDR, which it is made from, has.
  const file = await json(`cldr-annotations-full/annotations/${language}/annotations.json`);
  const annotations = file.annotations.annotations;
  const regions = new Intl.DisplayNames([language], { type: "region" });
  return english.map((entry) => {
    const name = localName(entry.emoji, annotations, regions);
    return name ? { ...entry, annotation: name.title, tags: name.words } : entry;
  });
}

function localName(emoji, annotations, regions) {
  if (FLAG.test(emoji)) {
    const code = [...emoji]
      .map((letter) => String.fromCharCode(letter.codePointAt(0) - 0x1f1e6 + 65))
      .join("");
    const title = regions.of(code);
    return { title, words: ["bayrak", title.toLocaleLowerCase("tr")] };
  }
  const found = annotations[emoji] ?? annotations[emoji.replace(EMOJI_STYLE, "")];
  return found?.tts && { title: found.tts[0], words: found.default };
}

async function json(path) {
  return JSON.parse(await readFile(require.resolve(path), "utf8"));
}
