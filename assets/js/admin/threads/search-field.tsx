import searchIcon from "icon:search";
import clear from "icon:x";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";
import { search } from "../lists";

export function SearchField() {
  const query = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  const set = (text: string) => {
    query.value = text;
    search(text);
  };

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      if (query.value) set("");
      else input.current?.blur();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      document.querySelector<HTMLElement>(".threads a[data-room]")?.focus();
    }
  }

  return (
    <search class="search">
      <Icon body={searchIcon} />
      <input
        ref={input}
        type="search"
        enterkeyhint="search"
        aria-label={t("search")}
        placeholder={t("search")}
        autocomplete="off"
        spellcheck={false}
        maxLength={100}
        value={query.value}
        data-testid="search-input"
        onInput={(event) => set(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {query.value ? (
        <IconButton
          icon={clear}
          label={t("search.clear")}
          onClick={() => {
            set("");
            input.current?.focus();
          }}
        />
      ) : (
        <kbd>/</kbd>
      )}
    </search>
  );
}
