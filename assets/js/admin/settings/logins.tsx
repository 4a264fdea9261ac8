import monitor from "icon:monitor";
import phone from "icon:smartphone";
import { useEffect, useState } from "preact/hooks";
import { formatMoment, relative, t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { Skeleton } from "../../shared/ui/skeleton";
import { toast } from "../../shared/ui/toast";
import { call } from "../access";
import { problemText } from "../problem";
import { deviceName, isPhone } from "../rules/device";
import { now } from "../store";
import { Notice } from "../ui/notice";
import type { Login } from "../wire";

/** Where this agent is signed in, and how to end it. */
export function LoginsSection() {
  const [logins, setLogins] = useState<Login[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  async function load(): Promise<void> {
    setFault(null);
    try {
      setLogins((await call<{ logins: Login[] }>("GET", "/api/admin/logins")).logins);
    } catch (error) {
      setFault(problemText(error));
    }
  }
  useEffect(() => void load(), []);

  async function revoke(login: Login | null): Promise<void> {
    try {
      await call<void>("DELETE", login ? `/api/admin/logins/${login.id}` : "/api/admin/logins");
      setLogins((known) => known?.filter((one) => (login ? one.id !== login.id : one.current)) ?? null);
      toast(t(login ? "logins.revoked" : "logins.revoked-all"), "good");
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  if (fault) {
    return (
      <div class="form">
        <Notice tone="bad">{fault}</Notice>
        <button class="button plain" type="button" onClick={() => void load()}>
          {t("try-again")}
        </button>
      </div>
    );
  }
  if (!logins) return <Skeleton label={t("loading")} lines={4} />;
  return (
    <>
      <p class="settings-lead">{t("logins.lead")}</p>
      <ul class="logins" data-testid="logins-list">
        {logins.map((login) => (
          <Device key={login.id} login={login} onRevoke={() => revoke(login)} />
        ))}
      </ul>
      {logins.length > 1 && (
        <button
          class="button danger"
          type="button"
          onClick={() => void revoke(null)}
          data-testid="logins-revoke-others"
        >
          {t("logins.revoke-others")}
        </button>
      )}
    </>
  );
}

function Device({ login, onRevoke }: { login: Login; onRevoke: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const name = deviceName(login.user_agent) ?? t("logins.unknown");
  return (
    <li>
      <span class="login-icon">
        <Icon body={isPhone(login.user_agent) ? phone : monitor} />
      </span>
      <div>
        <b>{name}</b>
        <p title={t("logins.since", { moment: formatMoment(login.created_at) })}>
          {login.address} ·{" "}
          {login.current
            ? t("logins.now")
            : t("logins.seen", { when: relative(login.last_seen_at, now.value) })}
        </p>
      </div>
      {login.current ? (
        <span class="pill">{t("logins.this")}</span>
      ) : (
        <button
          class="button plain small"
          type="button"
          disabled={busy}
          aria-label={t("logins.revoke-named", { name })}
          data-testid="login-revoke"
          onClick={() => {
            setBusy(true);
            void onRevoke().finally(() => setBusy(false));
          }}
        >
          {t("logins.revoke")}
        </button>
      )}
    </li>
  );
}
