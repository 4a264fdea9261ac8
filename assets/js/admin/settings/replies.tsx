import plus from "icon:plus";
import trash from "icon:trash-2";
import { useRef } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";
import { isOwner } from "../access";
import type { CannedReply } from "../wire";
import { edit, edited } from "./draft";
import { CANNED_CHARS, REPLIES_MAX, SHORTCUT_CHARS } from "./rules";

export function RepliesSection() {
  const list = useRef<HTMLUListElement>(null);
  const settings = edited.value;
  if (!settings) return null;
  const readOnly = !isOwner.value;
  const replies = settings.canned_replies;
  const set = (canned_replies: CannedReply[]) => edit({ canned_replies });

  function add(): void {
    set([...replies, { shortcut: "", text: "" }]);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("li:last-child input")?.focus());
  }

  return (
    <>
      <p class="settings-lead">{t("settings.replies.lead")}</p>
      {replies.length === 0 && readOnly && <p class="settings-lead">{t("settings.replies.none")}</p>}
      <ul class="replies" ref={list}>
        {replies.map((reply, index) => (
          <li key={index}>
            <div class="reply-shortcut">
              <span aria-hidden="true">/</span>
              <input
                aria-label={t("settings.reply.shortcut", { number: index + 1 })}
                placeholder={t("settings.reply.shortcut.placeholder")}
                autocapitalize="off"
                autocomplete="off"
                spellcheck={false}
                maxLength={SHORTCUT_CHARS}
                readOnly={readOnly}
                value={reply.shortcut}
                onInput={(event) =>
                  set(replaced(replies, index, { ...reply, shortcut: event.currentTarget.value }))
                }
              />
              {!readOnly && (
                <IconButton
                  icon={trash}
                  label={t("settings.reply.remove", { shortcut: reply.shortcut })}
                  onClick={() => set(replies.filter((_, at) => at !== index))}
                />
              )}
            </div>
            <textarea
              aria-label={t("settings.reply.text", { number: index + 1 })}
              placeholder={t("settings.reply.text.placeholder")}
              rows={2}
              maxLength={CANNED_CHARS}
              readOnly={readOnly}
              value={reply.text}
              onInput={(event) =>
                set(replaced(replies, index, { ...reply, text: event.currentTarget.value }))
              }
            />
          </li>
        ))}
      </ul>
      {!readOnly && replies.length < REPLIES_MAX && (
        <button class="button plain" type="button" onClick={add} data-testid="reply-add">
          <Icon body={plus} />
          {t("settings.reply.add")}
        </button>
      )}
    </>
  );
}

const replaced = (replies: CannedReply[], index: number, reply: CannedReply): CannedReply[] =>
  replies.map((one, at) => (at === index ? reply : one));
