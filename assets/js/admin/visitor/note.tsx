import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { patchThread } from "../actions";

const SAVE_AFTER_MS = 800;
const LIMIT = 4_000;

/** What agents remember about a visitor. Saves itself, also when the agent turns to another thread. */
export function Note({ thread }: { thread: Thread }) {
  const { room } = thread;
  const id = useId();
  const [text, setText] = useState(thread.note);
  const [state, setState] = useState<"" | "saving" | "saved" | "failed">("");
  const saved = useRef(thread.note);
  const latest = useRef(text);
  const timer = useRef<number | undefined>(undefined);
  latest.current = text;

  useEffect(() => {
    // Another agent's words come in only where none of ours are waiting.
    if (latest.current === saved.current) setText(thread.note);
    saved.current = thread.note;
  }, [thread.note]);

  async function save(): Promise<void> {
    clearTimeout(timer.current);
    const note = latest.current;
    if (note === saved.current) return;
    setState("saving");
    const worked = await patchThread(room, { note });
    if (worked) saved.current = note;
    setState(worked ? "saved" : "failed");
  }
  useEffect(() => () => void save(), []);

  function write(next: string): void {
    setText(next);
    setState("");
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void save(), SAVE_AFTER_MS);
  }

  return (
    <section class="visitor-part">
      <label class="part-title" for={id}>
        {t("note")} <small>{t("note.private")}</small>
      </label>
      <textarea
        id={id}
        class="note"
        rows={3}
        maxLength={LIMIT}
        placeholder={t("note.placeholder")}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onBlur={() => void save()}
      />
      <p class="note-state" role="status">
        {state && t(`note.${state}`)}
      </p>
    </section>
  );
}
