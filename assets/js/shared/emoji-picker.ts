import css from "css:emoji";
import dataEn from "emoji-data:en";
import dataTr from "emoji-data:tr";
import en from "emoji-picker-element/i18n/en";
import tr from "emoji-picker-element/i18n/tr";
import Picker from "emoji-picker-element/picker";
import { addStyle } from "./lazy-style";
import type { Locale } from "./types";

addStyle(css);

const TEXTS = {
  en: { i18n: en, dataSource: dataEn },
  tr: {
    // Some of the package's Turkish words are slips of a dictionary ("custom" as tradition, "light" as lamp).
    i18n: {
      ...tr,
      favoritesLabel: "Sık kullanılanlar",
      searchLabel: "Ara",
      skinTones: ["Varsayılan", "Açık", "Orta açık", "Orta", "Orta koyu", "Koyu"],
      categories: { ...tr.categories, custom: "Özel" },
    },
    dataSource: dataTr,
  },
};

/**
 * emoji-picker-element with search, skin tones and the ones used before, all of it in one language.
 * Loaded when asked for. It shares no module with the page, so that the page stays one file.
 */
export function createPicker(language: Locale, onPick: (emoji: string) => void): HTMLElement {
  const picker = new Picker({ locale: language, ...TEXTS[language] });
  picker.addEventListener("emoji-click", (event) => {
    if (event.detail.unicode) onPick(event.detail.unicode);
  });
  // On a phone the keyboard would cover the emoji.
  if (matchMedia("(pointer: fine)").matches) {
    requestAnimationFrame(() => picker.shadowRoot?.querySelector<HTMLInputElement>("input")?.focus());
  }
  return picker;
}
