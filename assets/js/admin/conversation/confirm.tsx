import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { eraseThread, patchThread } from "../actions";
import { Confirm } from "../ui/confirm";

interface Props {
  thread: Thread;
  onClose: () => void;
}

export function ConfirmBlock({ thread, onClose }: Props) {
  return (
    <Confirm
      title={t("block.title", { name: thread.name })}
      text={t("block.text")}
      yes={t("block")}
      act={() => patchThread(thread.room, { blocked: true })}
      onClose={onClose}
    />
  );
}

export function ConfirmErase({ thread, onClose }: Props) {
  return (
    <Confirm
      title={t("erase.title", { name: thread.name })}
      text={t("erase.text")}
      yes={t("erase.yes")}
      act={() => eraseThread(thread.room)}
      onClose={onClose}
    />
  );
}
