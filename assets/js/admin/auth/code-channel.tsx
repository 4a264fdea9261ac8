import { useState } from "preact/hooks";
import { ApiError, api } from "../../shared/api";
import { t } from "../../shared/i18n";
import { problemText } from "../problem";
import { useCountdown } from "../ui/use-countdown";
import type { Challenge } from "../wire";

/** The server sends no other code before. */
const AGAIN_AFTER_MS = 30_000;

/** Where the code is: as it was sent, after it was sent again, or where Telegram could not be reached any more. */
export type CodePlace = "telegram" | "telegram-again" | "telegram-away" | "totp";

interface Props {
  challenge: string;
  disabled: boolean;
  onPlace: (place: CodePlace) => void;
  onFault: (words: string | null) => void;
  onTooLate: () => void;
}

/** *Send again*, once the first code had its time to arrive. */
export function ResendCode({ challenge, disabled, onPlace, onFault, onTooLate }: Props) {
  const [wait, startWait] = useCountdown(AGAIN_AFTER_MS);
  const [busy, setBusy] = useState(false);

  async function resend(): Promise<void> {
    setBusy(true);
    onFault(null);
    try {
      const { channel } = await api<Pick<Challenge, "channel">>("POST", "/api/admin/otp/resend", {
        challenge,
      });
      startWait(AGAIN_AFTER_MS);
      onPlace(channel === "telegram" ? "telegram-again" : "telegram-away");
    } catch (error) {
      if (error instanceof ApiError && error.code === "challenge") return onTooLate();
      if (error instanceof ApiError && error.code === "rate_limited") {
        // Its own words would say that the code is what was tried too often.
        startWait(error.retryAfterMs ?? AGAIN_AFTER_MS);
      } else onFault(problemText(error));
    }
    setBusy(false);
  }

  return (
    <button
      class="text-button"
      type="button"
      data-testid="otp-resend"
      disabled={disabled || busy || wait > 0}
      onClick={() => void resend()}
    >
      {wait > 0 ? t("signin.resend-in", { count: wait }) : t(busy ? "signin.resending" : "signin.resend")}
    </button>
  );
}
