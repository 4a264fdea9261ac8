import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Dialog } from "../../shared/ui/dialog";

interface Props {
  title: string;
  text: string;
  yes: string;
  /** Answers whether it worked; a failure has been told. */
  act: () => Promise<boolean>;
  onClose: () => void;
}

/** Asks before something that others feel or that cannot be undone. */
export function Confirm({ title, text, yes, act, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  async function go(): Promise<void> {
    setBusy(true);
    if (await act()) onClose();
    else setBusy(false);
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button class="button plain" type="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button
            class="button danger"
            type="button"
            disabled={busy}
            onClick={() => void go()}
            data-testid="confirm-button"
          >
            {yes}
          </button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
