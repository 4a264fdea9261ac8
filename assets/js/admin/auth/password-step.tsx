import { useState } from "preact/hooks";
import { ApiError, api } from "../../shared/api";
import { t } from "../../shared/i18n";
import { problemText } from "../problem";
import { Field } from "../ui/field";
import { Notice } from "../ui/notice";
import { PasswordField } from "../ui/password-field";
import { useCountdown } from "../ui/use-countdown";
import type { Challenge } from "../wire";

interface Props {
  username: string;
  onUsername: (username: string) => void;
  onChallenge: (challenge: Challenge) => void;
}

export function PasswordStep({ username, onUsername, onChallenge }: Props) {
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [wait, startWait] = useCountdown();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || wait > 0) return;
    if (!username.trim() || !password) {
      setFault(t("signin.both-needed"));
      return;
    }
    setBusy(true);
    setFault(null);
    try {
      const body = { username: username.trim(), password };
      onChallenge(await api<Challenge>("POST", "/api/admin/login", body));
    } catch (error) {
      if (error instanceof ApiError && error.retryAfterMs) startWait(error.retryAfterMs);
      setFault(problemText(error));
      setBusy(false);
    }
  }

  return (
    <form class="form" onSubmit={submit} noValidate>
      {fault && <Notice tone="bad">{fault}</Notice>}
      <Field
        label={t("username")}
        value={username}
        onInput={onUsername}
        name="username"
        autocomplete="username"
        autocapitalize="off"
        spellcheck={false}
        maxLength={40}
        required
        focused
        data-testid="login-username"
      />
      <PasswordField
        label={t("password")}
        value={password}
        onInput={setPassword}
        autoComplete="current-password"
        testId="login-password"
      />
      <button class="button primary" type="submit" disabled={busy || wait > 0} data-testid="login-submit">
        {wait > 0 ? t("wait-seconds", { count: wait }) : t(busy ? "signin.checking" : "continue")}
      </button>
    </form>
  );
}
