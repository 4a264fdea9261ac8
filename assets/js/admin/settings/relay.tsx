import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { relative, t } from "../../shared/i18n";
import { call } from "../access";
import { problemText } from "../problem";
import { now } from "../store";
import { Notice } from "../ui/notice";
import type { Relay } from "../wire";

/** What the server last found out about its relay. */
export const relay = signal<Relay | null>(null);

/** The server's own check of its relay, in words, and a button to do it again. */
export function RelayState() {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function ask(test: boolean): Promise<void> {
    setBusy(test);
    setFault(null);
    try {
      relay.value = test
        ? await call<Relay>("POST", "/api/admin/relay/test")
        : await call<Relay>("GET", "/api/admin/relay");
    } catch (error) {
      setFault(test ? problemText(error) : t("relay.unknown"));
    }
    setBusy(false);
  }
  useEffect(() => void ask(false), []);

  const known = relay.value;
  const testable = known?.state !== "off" && known?.state !== "external";
  return (
    <div class="setting relay" data-testid="relay" data-state={known?.state}>
      <div role="status">
        <h3>
          {t("relay")}
          {known && <span class={`pill relay-pill ${known.state}`}>{t(`relay.${known.state}`)}</span>}
        </h3>
        <p>{known ? t(`relay.${known.state}.text`) : !fault && t("loading")}</p>
        {known && <p class="relay-facts">{facts(known).join(" · ")}</p>}
      </div>
      {testable && (
        <button
          class="button plain small"
          type="button"
          disabled={busy}
          data-testid="relay-test"
          onClick={() => void ask(true)}
        >
          {t(busy ? "relay.testing" : "relay.test")}
        </button>
      )}
      {known?.fault && (
        <p class="relay-fault" lang="en">
          <code>{known.fault}</code>
        </p>
      )}
      {fault && <Notice tone="bad">{fault}</Notice>}
    </div>
  );
}

function facts({ state, port, checked_at, allocations }: Relay): string[] {
  const found = [];
  if (checked_at)
    found.push(t("relay.checked", { when: relative(checked_at, Math.max(now.value, checked_at)) }));
  if (port && state !== "off") found.push(t("relay.port", { port: String(port) }));
  if (allocations > 0) found.push(t("relay.in-use", { count: allocations }));
  return found;
}
