import dataEn from "emoji-data:en";
import dataTr from "emoji-data:tr";
import en from "emoji-picker-element/i18n/en";
import tr from "emoji-picker-element/i18n/tr";
import Picker from "emoji-picker-element/picker";
import { useEffect, useRef } from "preact/hooks";
import { locale } from "./i18n";

const TEXTS = {
  en: { i18n: en, dataSource: dataEn },
  tr: {
    // Three of the package's Turkish words are slips of a dictionary ("custom" as tradition, "light" as lamp).
    i18n: {
      ...tr,
      skinTones: ["Varsayılan", "Açık", "Orta açık", "Orta", "Orta koyu", "Koyu"],
      favoritesLabel: "Sık kullanılanlar",
      searchLabel: "Ara",
      categories: { ...tr.categories, custom: "Özel" },
    },
    dataSource: dataTr,
  },
};

/** emoji-picker-element: search, skin tones and the ones used before, all of it in the user's language. */
export function EmojiPanel({ onPick }: { onPick: (emoji: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const language = locale.value;
  useEffect(() => {
    const picker = new Picker({ locale: language, ...TEXTS[language] });
    picker.addEventListener("emoji-click", (event) => {
      if (event.detail.unicode) pick.current(event.detail.unicode);
    });
    place.current?.append(picker);
    const search = () => picker.shadowRoot?.querySelector<HTMLInputElement>("input[type=search]");
    // On a phone the keyboard would cover the emoji.
    if (matchMedia("(pointer: fine)").matches) requestAnimationFrame(() => search()?.focus());
    return () => picker.remove();
  }, [language]);
  return <div ref={place} />;
}
