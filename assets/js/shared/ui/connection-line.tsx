import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { formatDuration, t } from "../i18n";
import type { Status } from "../socket";

/** A reconnect that is over by then is nobody's business. */
const QUIET_MS = 1_500;

/** One quiet line while the connection is away, with the time of the next try. Takes no room of its own. */
export function ConnectionLine({ status, retry }: { status: ReadonlySignal<Status>; retry: () => void }) {
  const { state } = status.value;
  const away = state === "offline" || state === "connecting";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!away) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [away]);
  return (
    // The region is there beforehand: screen readers miss one that comes with its words.
    <div class="connection" role="status">
      {shown && <Words status={status.value} retry={retry} />}
    </div>
  );
}

function Words({ status, retry }: { status: Status; retry: () => void }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  // At least one second, so that it never promises "in 0 seconds".
  const left = status.state === "offline" ? Math.max(1_000, status.retryAt - now) : 0;
  return (
    <div class="connection-line" data-testid="connection-line">
      <span>{left ? t("connection.lost") : t("connection.connecting")}</span>
      {left > 0 && (
        <>
          {/* A screen reader would speak every second of it. */}
          <span aria-hidden="true">{t("connection.retry-in", { time: formatDuration(left) })}</span>
          <button type="button" class="text-button" onClick={retry}>
            {t("connection.now")}
          </button>
        </>
      )}
    </div>
  );
}
