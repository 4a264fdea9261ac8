import { useState } from "preact/hooks";
import { ApiError, api } from "../../shared/api";
import { t } from "../../shared/i18n";
import { checkAccess } from "../access";
import { problemText } from "../problem";
import { CODE_LENGTH, CodeBoxes } from "../ui/code-boxes";
import { Field } from "../ui/field";
import { Notice } from "../ui/notice";
import { useCountdown } from "../ui/use-countdown";
import type { Challenge } from "../wire";
import { type CodePlace, ResendCode } from "./code-channel";

interface Props {
  challenge: Challenge;
  onStartAgain: (tookTooLong: boolean) => void;
}

export function CodeStep({ challenge, onStartAgain }: Props) {
  const demo = challenge.channel === "demo";
  const byTelegram = challenge.channel === "telegram";
  const [place, setPlace] = useState<CodePlace>(byTelegram ? "telegram" : "totp");
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const [wait, startWait] = useCountdown();
  const asText = demo || recovery;

  async function send(typed: string): Promise<void> {
    const answer = typed.trim();
    if (busy || wait > 0 || !answer) return;
    setBusy(true);
    setFault(null);
    try {
      await api<void>("POST", "/api/admin/otp", { challenge: challenge.challenge, code: answer });
      await checkAccess();
    } catch (error) {
      if (error instanceof ApiError && error.code === "challenge") return onStartAgain(true);
      if (error instanceof ApiError && error.retryAfterMs) startWait(error.retryAfterMs);
      setFault(problemText(error));
      if (!(error instanceof ApiError) || error.status !== 0) setCode("");
    }
    setBusy(false);
  }

  function switchTo(next: boolean): void {
    setRecovery(next);
    setCode("");
    setFault(null);
  }

  /** The boxes are empty and have the focus again. */
  function moveTo(next: CodePlace): void {
    setCode("");
    setPlace(next);
    setTurn(turn + 1);
  }

  const where = demo
    ? "signin.code.demo"
    : recovery
      ? "signin.code.recovery"
      : (`signin.code.${place}` as const);
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send(code);
      }}
    >
      <p class="card-lead" id="code-where" role="status" data-testid="otp-channel" data-channel={where}>
        {t(where)}
      </p>
      {fault && (
        <Notice tone="bad" id="code-fault">
          {fault}
        </Notice>
      )}
      {asText ? (
        <Field
          key={where}
          label={t(demo ? "code" : "recovery-code")}
          value={code}
          onInput={setCode}
          class="code-text"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={40}
          focused
          data-testid="code-input"
        />
      ) : (
        <CodeBoxes
          key={turn}
          label={t("code.six-digits")}
          value={code}
          onChange={setCode}
          onComplete={(digits) => void send(digits)}
          invalid={fault !== null && code === ""}
          describedBy={fault ? "code-fault" : "code-where"}
          disabled={busy}
        />
      )}
      <button
        class="button primary"
        type="submit"
        data-testid="code-submit"
        disabled={busy || wait > 0 || (!asText && code.length < CODE_LENGTH)}
      >
        {wait > 0 ? t("wait-seconds", { count: wait }) : t(busy ? "signin.checking" : "signin.submit")}
      </button>
      {byTelegram && !recovery && (
        <div class="form-links">
          <ResendCode
            challenge={challenge.challenge}
            disabled={busy}
            onPlace={moveTo}
            onFault={setFault}
            onTooLate={() => onStartAgain(true)}
          />
        </div>
      )}
      <div class="form-links">
        {!demo && (
          <button class="text-button" type="button" onClick={() => switchTo(!recovery)}>
            {t(recovery ? (byTelegram ? "signin.use-code" : "signin.use-app") : "signin.use-recovery")}
          </button>
        )}
        <button class="text-button" type="button" onClick={() => onStartAgain(false)}>
          {t("signin.start-again")}
        </button>
      </div>
    </form>
  );
}
