import download from "icon:download";
import printer from "icon:printer";
import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { CopyButton } from "../ui/copy-button";

interface Props {
  codes: string[];
  username: string;
  onDone: () => void;
}

export function RecoveryStep({ codes, username, onDone }: Props) {
  const [kept, setKept] = useState(false);
  const text = codes.join("\n");
  return (
    <div class="form">
      <ul class="recovery-codes" data-testid="setup-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="recovery-actions">
        <CopyButton text={text} label={t("copy")} shown />
        <button class="button plain" type="button" onClick={() => save(text, username)}>
          <Icon body={download} />
          {t("download")}
        </button>
        <button class="button plain" type="button" onClick={() => window.print()}>
          <Icon body={printer} />
          {t("print")}
        </button>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={kept}
          onChange={(event) => setKept(event.currentTarget.checked)}
          data-testid="setup-kept"
        />
        <span>{t("setup.recovery.kept")}</span>
      </label>
      <button class="button primary" type="button" disabled={!kept} onClick={onDone} data-testid="setup-done">
        {t("setup.done")}
      </button>
    </div>
  );
}

function save(text: string, username: string): void {
  const url = URL.createObjectURL(
    new Blob([`Konuşma (${username})\n${location.origin}/admin\n\n${text}\n`], { type: "text/plain" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = `konusma-${username}.txt`;
  link.click();
  URL.revokeObjectURL(url);
}
