import remove from "icon:x";
import { useId, useRef, useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { Icon } from "../../shared/ui/icon";
import { patchThread } from "../actions";
import { fold } from "../rules/fold";
import { book } from "../store";

const TAGS_MAX = 20;
const TAG_CHARS = 40;

export function Tags({ thread }: { thread: Thread }) {
  const { room, tags } = thread;
  const id = useId();
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);

  async function add(): Promise<void> {
    const tag = text.trim().replace(/,+$/, "").trim();
    if (!tag) return;
    setText("");
    if (tags.some((one) => fold(one) === fold(tag))) return;
    if (!(await patchThread(room, { tags: [...tags, tag] }))) setText(tag);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      void add();
    } else if (event.key === "Backspace" && text === "" && tags.length > 0) {
      void patchThread(room, { tags: tags.slice(0, -1) });
    }
  }

  return (
    <section class="visitor-part">
      <label class="part-title" for={id}>
        {t("tags")}
      </label>
      <ul class="tags">
        {tags.map((tag) => (
          <li key={tag}>
            {tag}
            <button
              type="button"
              aria-label={t("tag.remove", { tag })}
              onClick={() => {
                void patchThread(room, { tags: tags.filter((one) => one !== tag) });
                input.current?.focus();
              }}
            >
              <Icon body={remove} />
            </button>
          </li>
        ))}
        {tags.length < TAGS_MAX && (
          <li class="tag-new">
            <input
              ref={input}
              id={id}
              list={`${id}-known`}
              autocomplete="off"
              maxLength={TAG_CHARS}
              placeholder={t("tag.add")}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={onKeyDown}
              onBlur={() => void add()}
            />
            <datalist id={`${id}-known`}>
              {knownTags(tags).map((tag) => (
                <option key={tag} value={tag} />
              ))}
            </datalist>
          </li>
        )}
      </ul>
    </section>
  );
}

/** Tags used elsewhere, so that the same thing gets the same name. */
function knownTags(except: string[]): string[] {
  const all = new Set(Object.values(book.value.threads).flatMap((thread) => thread.tags));
  return [...all].filter((tag) => !except.includes(tag)).sort((a, b) => a.localeCompare(b));
}
