import close from "icon:x";
import { FileName } from "../attachments/file-name";
import type { Files } from "../files";
import { Icon, t, useLayoutEffect, useRef } from "../kit";
import type { Announce } from "./announce";
import { FileSign } from "./file-sign";
import { refusalText } from "./refusal";
import { formatSize } from "./size";
import type { Chosen, Tray } from "./tray";

interface Props {
  tray: Tray;
  files: Files;
  announce: Announce;
}

/** What is about to be sent, above the field. */
export function TrayView({ tray, files, announce }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const items = tray.items.value;
  const count = useRef(0);
  useLayoutEffect(() => {
    const it = list.current;
    if (it && items.length > count.current) it.scrollLeft = it.scrollWidth;
    count.current = items.length;
  }, [items.length]);
  if (items.length === 0) return null;

  function remove(item: Chosen): void {
    const index = items.indexOf(item);
    tray.remove(item);
    announce(t("attach.said.removed", { name: item.parcel.name }));
    // Where the next one now stands; the last one leaves the focus to the field.
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll("button");
      const next = buttons?.[Math.min(index, buttons.length - 1)];
      if (next) next.focus();
      else files.composer.current?.focus();
    });
  }

  return (
    <ul class="tray" ref={list} aria-label={t("attach.tray")} data-testid="tray">
      {items.map((item) => (
        <TrayItem key={item.key} item={item} files={files} onRemove={() => remove(item)} />
      ))}
    </ul>
  );
}

function TrayItem({ item, files, onRemove }: { item: Chosen; files: Files; onRemove: () => void }) {
  const { parcel } = item;
  const fault = item.fault.value;
  const card = useRef<HTMLLIElement>(null);
  // Its reason needs more room than the file did.
  useLayoutEffect(() => {
    if (fault) card.current?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [fault]);
  const preview = item.preview.value;
  const picture = preview && !fault;
  return (
    <li
      ref={card}
      class={`tray-item ${picture ? "picture" : ""} ${fault ? "faulty" : ""}`}
      data-testid="tray-item"
      data-name={parcel.name}
      data-state={fault ? "failed" : "ready"}
      title={parcel.name}
    >
      {picture ? (
        <img src={preview.url} alt={parcel.name} />
      ) : (
        <>
          <FileSign kind={parcel.kind} />
          <span class="tray-words">
            <FileName name={parcel.name} />
            <small>{fault ? refusalText(fault, files.limits()) : formatSize(parcel.size)}</small>
          </span>
        </>
      )}
      <button
        type="button"
        class="tray-remove"
        aria-label={t("attach.remove", { name: parcel.name })}
        title={t("attach.remove.short")}
        data-testid="tray-remove"
        onClick={onRemove}
      >
        <Icon body={close} />
      </button>
    </li>
  );
}
