import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { problemText } from "../problem";
import { CODE_LENGTH, CodeBoxes } from "../ui/code-boxes";
import { CopyButton } from "../ui/copy-button";
import { Notice } from "../ui/notice";
import type { SetupOffer } from "../wire";

/** Light modules a scanner needs around the code; the server's path does not include them. */
const QUIET_ZONE = 4;

interface Props {
  totp: SetupOffer["totp"];
  /** Throws when refused. */
  onCode: (code: string) => Promise<void>;
  onBack: () => void;
}

export function AuthenticatorStep({ totp, onCode, onBack }: Props) {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function send(digits: string): Promise<void> {
    if (busy) return;
    setBusy(true);
    setFault(null);
    try {
      await onCode(digits);
    } catch (error) {
      setFault(problemText(error));
      setCode("");
      setBusy(false);
    }
  }

  const side = totp.qr.size + 2 * QUIET_ZONE;
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send(code);
      }}
    >
      <div class="qr" data-testid="setup-qr">
        <svg viewBox={`${-QUIET_ZONE} ${-QUIET_ZONE} ${side} ${side}`} role="img" aria-label={t("setup.qr")}>
          <path d={totp.qr.path} />
        </svg>
      </div>
      <div class="secret">
        <p>{t("setup.secret")}</p>
        <div>
          <code data-testid="setup-secret">{grouped(totp.secret)}</code>
          <CopyButton text={totp.secret} label={t("setup.secret.copy")} />
        </div>
        <a href={totp.uri}>{t("setup.open-app")}</a>
      </div>
      <p id="setup-code-label" class="form-label">
        {t("setup.code")}
      </p>
      {fault && (
        <Notice tone="bad" id="setup-code-fault">
          {fault}
        </Notice>
      )}
      <CodeBoxes
        label={t("code.six-digits")}
        value={code}
        onChange={setCode}
        onComplete={(digits) => void send(digits)}
        invalid={fault !== null && code === ""}
        describedBy={fault ? "setup-code-fault" : "setup-code-label"}
        disabled={busy}
      />
      <button
        class="button primary"
        type="submit"
        disabled={busy || code.length < CODE_LENGTH}
        data-testid="setup-verify"
      >
        {t(busy ? "signin.checking" : "setup.verify")}
      </button>
      <button class="text-button" type="button" onClick={onBack} disabled={busy}>
        {t("setup.back")}
      </button>
    </form>
  );
}

/** Groups of four are easier to read off and type in. */
const grouped = (secret: string): string => secret.replace(/(.{4})(?=.)/g, "$1 ");
