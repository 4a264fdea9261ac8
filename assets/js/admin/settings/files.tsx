import { formatSize } from "../../shared/attach/size";
import { t } from "../../shared/i18n";
import type { UploadGroup } from "../../shared/types";
import { isOwner } from "../access";
import { uploadLimits } from "../business";
import { Notice } from "../ui/notice";
import { Setting } from "../ui/setting";
import { Switch } from "../ui/switch";
import { edit, edited } from "./draft";

/** From what nearly everybody needs to what few should allow. */
const GROUPS: UploadGroup[] = ["images", "audio", "video", "pdf", "documents", "text", "archives", "other"];

export function FilesSection() {
  const settings = edited.value;
  if (!settings) return null;
  const allowed = settings.upload_types;
  const limit = uploadLimits.value?.max_bytes;
  return (
    <>
      <p class="settings-lead">{t("settings.files.lead")}</p>
      {allowed.length === 0 && <Notice tone="plain">{t("settings.files.none")}</Notice>}
      <div class="settings-list">
        {GROUPS.map((group) => (
          <Setting key={group} title={t(`upload.type.${group}`)} text={t(`upload.type.${group}.text`)}>
            <Switch
              label={t(`upload.type.${group}`)}
              on={allowed.includes(group)}
              disabled={!isOwner.value}
              testId={`upload-type-${group}`}
              onChange={(on) =>
                // In the order of the list, so that on and off again is no change.
                edit({ upload_types: GROUPS.filter((one) => (one === group ? on : allowed.includes(one))) })
              }
            />
          </Setting>
        ))}
      </div>
      {limit !== undefined && (
        <Setting title={t("settings.files.limit")} text={t("settings.files.limit.text")}>
          <span class="pill">{formatSize(limit)}</span>
        </Setting>
      )}
    </>
  );
}
