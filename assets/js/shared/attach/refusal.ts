import { formatDuration, has, locale, t } from "../kit";
import type { Info } from "../types";
import type { Refusal } from "./post";
import { formatSize } from "./size";

type Limits = Info["uploads"] | undefined;

/** Why a file was not taken, in the person's words. */
export function refusalText({ code, maxBytes, retryAfterMs }: Refusal, limits: Limits): string {
  if (code === "payload_too_large") {
    const most = maxBytes ?? limits?.max_bytes;
    return most ? t("upload.too_large", { size: formatSize(most) }) : t("upload.too_large.unknown");
  }
  if (code === "file_type") return fileTypeText(limits);
  if (retryAfterMs && code === "quota")
    return t("upload.quota.for", { time: formatDuration(retryAfterMs, true) });
  const key = `upload.${code}`;
  return t(has(key) ? key : "upload.unexpected");
}

function fileTypeText(limits: Limits): string {
  const types = limits?.types.filter((type) => type !== "other") ?? [];
  if (types.length === 0) return t("upload.file_type");
  const kinds = new Intl.ListFormat(locale.value).format(types.map((type) => t(`upload.group.${type}`)));
  return t("upload.file_type.allowed", { kinds });
}
