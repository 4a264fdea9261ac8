import css from "css:attach";
import type { Files } from "../files";
import { addStyle, addTexts, computed, effect, type ReadonlySignal, t, toast } from "../kit";
import { type Announce, openAnnouncer } from "./announce";
import { openDropZone } from "./drop-zone";
import { acceptOf } from "./kinds";
import { PendingRows } from "./pending-rows";
import { openQueue, type Parcel } from "./queue";
import { refusalText } from "./refusal";
import { type Chosen, MOST_AT_ONCE, openTray } from "./tray";
import { TrayView } from "./tray-view";

/** Sending files from one room: what the page gets to see of it. */
export interface FilesPart {
  /** For the file chooser. */
  readonly accept: ReadonlySignal<string>;
  /** The tray holds something that can be sent. */
  readonly filled: ReadonlySignal<boolean>;
  /** The server takes no more files of this person. */
  readonly blocked: ReadonlySignal<boolean>;
  add(files: readonly File[]): void;
  /** Sends what the tray holds; the text goes with the first. */
  send(caption: string, replyTo?: number): void;
  /** Sends one file at once, past the tray. */
  sendNow(parcel: Parcel, replyTo?: number): void;
  /** Files are dragged over the page that shows this pane. */
  hover(pane: Element): void;
  endHover(): void;
  announce: Announce;
  flush(): void;
  close(): void;
  /** The tray, for above the field. */
  Tray: () => preact.JSX.Element | null;
  /** What is on its way, for the end of the thread. */
  Pending: () => preact.JSX.Element;
}

let styled = false;

export async function openAttach(files: Files): Promise<FilesPart> {
  await addTexts({ tr: () => import("locale:files.tr"), en: () => import("locale:files.en") });
  if (!styled) addStyle(css);
  styled = true;

  const announce = openAnnouncer();
  const tray = openTray(files);
  const queue = openQueue(files, (job, refusal) =>
    announce(t("upload.said.failed", { name: job.name, reason: refusalText(refusal, files.limits()) })),
  );
  const zone = openDropZone();

  /** Once it is known which of them can be sent. */
  async function tell(chosen: Chosen[]): Promise<void> {
    await Promise.all(chosen.map(({ parcel }) => parcel.ready));
    const good = chosen.filter(({ fault }) => !fault.value);
    const name = good[0]?.parcel.name ?? "";
    const sentences = chosen.flatMap(({ parcel, fault: { value } }) =>
      value ? t("attach.said.faulty", { name: parcel.name, reason: refusalText(value, files.limits()) }) : [],
    );
    if (good.length > 0) sentences.unshift(t("attach.said.added", { name, count: good.length }));
    announce(sentences.join("\n"));
  }

  const stopAsking = effect(() => {
    if (!queue.busy.value) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  });

  return {
    accept: computed(() => acceptOf(files.limits()?.types)),
    filled: computed(() => tray.items.value.some(({ fault }) => !fault.value)),
    blocked: queue.blocked,
    add(added) {
      const chosen = tray.add(added);
      if (chosen.length < added.length) toast(t("attach.most", { count: MOST_AT_ONCE }), "bad");
      if (chosen.length > 0) void tell(chosen);
    },
    send: (caption, replyTo) => queue.add(tray.take(), caption, replyTo),
    sendNow: (parcel, replyTo) => queue.add([parcel], "", replyTo),
    hover: zone.show,
    endHover: zone.hide,
    announce,
    flush: queue.flush,
    close() {
      stopAsking();
      zone.hide();
      queue.close();
    },
    Tray: () => <TrayView tray={tray} files={files} announce={announce} />,
    Pending: () => <PendingRows queue={queue} files={files} />,
  };
}
