import clip from "icon:paperclip";
import { useEffect, useRef } from "preact/hooks";
import type { Files } from "./files";
import { t } from "./i18n";
import { IconButton } from "./ui/icon-button";

/** The ways files get into the tray: chosen here, pasted or dropped anywhere on the page. */
export function AttachButton({ files }: { files: Files }) {
  const input = useRef<HTMLInputElement>(null);
  const { attach, composer } = files;

  useEffect(() => {
    const form = input.current?.form;
    const pane = form?.closest("main,section");
    const stop = new AbortController();
    const add = (list: FileList) => {
      const added = [...list];
      attach.use((part) => part.add(added));
      if (matchMedia("(pointer: fine)").matches) composer.current?.focus();
    };
    const onDrag = (event: DragEvent) => {
      const { dataTransfer } = event;
      // A picture dragged out of a page brings HTML along.
      if (!dataTransfer?.types.includes("Files") || dataTransfer.types.includes("text/html")) return;
      // Or the browser would show the file in place of the chat.
      event.preventDefault();
      const over = pane?.contains(event.target as Node);
      dataTransfer.dropEffect = over ? "copy" : "none";
      if (event.type !== "drop") attach.use((part) => over && pane && part.hover(pane));
      else {
        attach.use((part) => part.endHover());
        if (over) add(dataTransfer.files);
      }
    };
    const onPaste = (event: ClipboardEvent) => {
      const { types, files: pasted } = event.clipboardData ?? {};
      const target = event.target as Element;
      const elsewhere = target.matches("input,textarea") && !form?.contains(target);
      // Office programs add a picture of the text that is meant.
      if (!pasted?.length || elsewhere || (types?.includes("text/plain") && types.includes("text/html")))
        return;
      event.preventDefault();
      add(pasted);
    };
    for (const type of ["dragenter", "dragover", "drop"] as const) {
      document.addEventListener(type, onDrag, stop);
    }
    document.addEventListener("paste", onPaste, stop);
    const choose = input.current;
    choose?.addEventListener(
      "change",
      () => {
        if (choose.files) add(choose.files);
        // The same file again is a change, too.
        choose.value = "";
      },
      stop,
    );
    return () => stop.abort();
  }, [attach, composer]);

  return (
    <>
      <IconButton
        icon={clip}
        label={t("composer.attach")}
        data-testid="attach-button"
        onPointerEnter={attach.preload}
        onFocus={attach.preload}
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={attach.part.value?.accept.value}
        data-testid="attach-input"
      />
    </>
  );
}
