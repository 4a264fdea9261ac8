import arrow from "icon:download";
import { formatSize } from "../attach/size";
import { Icon, locale, t } from "../kit";
import type { AttachmentProps } from "./attachment";
import { lengthClock } from "./clock";
import { download } from "./download";
import { endingOf, FileName } from "./file-name";
import { iconOf } from "./said";

/** A file to take away. */
export function FileCard({ attached: { upload }, entry, conversation }: AttachmentProps) {
  const { name, size, duration_ms } = upload;
  const facts = [
    endingOf(name).toLocaleUpperCase("en"),
    formatSize(size),
    duration_ms !== undefined && lengthClock(duration_ms),
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <a
      class="attachment file"
      href={upload.url}
      download={name}
      lang={locale.value}
      data-testid="file-message"
      data-id={entry.id}
      onClick={(event) => void download(event, conversation, entry.id, upload)}
    >
      <span class="file-icon">
        <Icon body={iconOf(upload)} />
      </span>
      <span class="file-text">
        <FileName name={name} />
        <small>{facts}</small>
      </span>
      <span class="visually-hidden">{t("file.download")}</span>
      <Icon body={arrow} class="file-arrow" />
    </a>
  );
}
