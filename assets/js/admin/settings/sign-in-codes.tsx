import send from "icon:send";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../shared/api";
import { t } from "../../shared/i18n";
import { Icon } from "../../shared/ui/icon";
import { call, isOwner } from "../access";
import { problemText } from "../problem";
import { go } from "../route";
import { telegram } from "../store";
import { askTelegram, useTelegram } from "../telegram";
import { Notice } from "../ui/notice";

const ASK_EVERY_MS = 2_000;
/** A little less than the server's. */
const LINK_LIVES_MS = 9 * 60_000;

/** Where this agent's codes for signing in come from: Telegram, beside the authenticator. */
export function SignInCodes() {
  const [link, setLink] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const opener = useRef<HTMLAnchorElement>(null);
  const known = telegram.value;
  const linked = known?.linked ?? false;
  useTelegram(link && !linked ? ASK_EVERY_MS : null);

  useEffect(() => {
    if (linked) setLink(null);
  }, [linked]);
  useEffect(() => {
    if (!link) return;
    opener.current?.focus();
    const timer = setTimeout(() => setLink(null), LINK_LIVES_MS);
    return () => clearTimeout(timer);
  }, [link]);

  async function act(what: () => Promise<void>): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      await what();
    } catch (error) {
      // By an Answer link one answers; the account is not theirs to change.
      const barred = error instanceof ApiError && error.code === "forbidden";
      setFault(barred ? t("codes.forbidden") : problemText(error));
    }
    setBusy(false);
  }
  const askLink = () =>
    act(async () => setLink((await call<{ url: string }>("POST", "/api/admin/telegram/link")).url));
  const unlink = () =>
    act(async () => {
      await call<void>("DELETE", "/api/admin/telegram/link");
      await askTelegram();
    });

  // Without a bot there is nothing to choose; the owner is told where to make one.
  const words = !known
    ? "codes.text"
    : linked
      ? "codes.on.text"
      : !known.bot
        ? isOwner.value
          ? "codes.no-bot.owner"
          : "codes.no-bot"
        : link
          ? "codes.open.text"
          : "codes.text";
  return (
    <div class="setting codes" data-testid="codes" data-state={linked ? "on" : link ? "open" : "off"}>
      <div role="status">
        <h3>{t("codes")}</h3>
        <p>{t(words)}</p>
      </div>
      {linked ? (
        <button
          class="button plain small"
          type="button"
          disabled={busy}
          data-testid="codes-unlink"
          onClick={() => void unlink()}
        >
          {t("codes.unlink")}
        </button>
      ) : link ? (
        <a
          ref={opener}
          class="button primary small"
          href={link}
          target="_blank"
          rel="noreferrer"
          data-testid="codes-open"
        >
          <Icon body={send} />
          {t("codes.open")}
        </a>
      ) : known?.bot ? (
        <button
          class="button plain small"
          type="button"
          disabled={busy}
          data-testid="codes-link"
          onClick={() => void askLink()}
        >
          {t("codes.link")}
        </button>
      ) : (
        known &&
        isOwner.value && (
          <button
            class="button plain small"
            type="button"
            onClick={() => go({ view: "settings", section: "telegram" }, "replace")}
          >
            {t("codes.set-up")}
          </button>
        )
      )}
      {fault && <Notice tone="bad">{fault}</Notice>}
    </div>
  );
}
