import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { CannedReply } from "../wire";

export const CANNED_LIST_ID = "canned-list";
export const cannedOptionId = (at: number): string => `${CANNED_LIST_ID}-${at}`;

interface Props {
  replies: CannedReply[];
  /** The one that Enter takes. */
  at: number;
  onChoose: (reply: CannedReply) => void;
}

/** The focus stays in the text, which names the chosen option as its active descendant. */
export function CannedList({ replies, at, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div class="canned">
      <p class="canned-title">{t("canned")}</p>
      <div class="canned-rows" role="listbox" id={CANNED_LIST_ID} aria-label={t("canned")} ref={list}>
        {replies.map((reply, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text field handles the keys, the focus never comes here
          <div
            key={reply.shortcut}
            id={cannedOptionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            class="canned-row"
            // The press must not take the focus from the text.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onChoose(reply)}
          >
            <b>/{reply.shortcut}</b>
            <span>{reply.text}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
