import direct from "icon:arrow-left-right";
import ok from "icon:check";
import skipped from "icon:minus";
import blocked from "icon:shield-alert";
import relayed from "icon:waypoints";
import offline from "icon:wifi-off";
import failed from "icon:x";
import type { JSX } from "preact";
import { has, Icon, t } from "../kit";
import { type ConnectionTest, type Outcome, STEPS, type StepName, type Verdict } from "./test";

const SIGNS: Record<Verdict, string> = {
  running: direct,
  direct,
  relayed,
  blocked,
  offline,
  untested: offline,
};

/** The test as it stands: its result in words, each step, and what to open. */
export function Result({ test }: { test: ConnectionTest }) {
  const { steps, closed } = test;
  const verdict = test.verdict.value;
  if (!verdict) return null;
  return (
    <div class="connection-test" data-testid="connection-test" data-verdict={verdict}>
      <div class={`verdict ${verdict}`}>
        <span class="verdict-sign">
          {verdict === "running" ? <i class="test-spinner" /> : <Icon body={SIGNS[verdict]} />}
        </span>
        {/* The one region that speaks; the steps are silent. */}
        <div role="status">
          <b>{t(`connection-test.${verdict}`)}</b>
          <p>{explained(verdict, test)}</p>
        </div>
      </div>
      <ul class="test-steps" aria-label={t("connection-test.steps")}>
        {STEPS.map((name) => (
          <Step key={name} name={name} outcome={steps[name].value} />
        ))}
      </ul>
      {verdict !== "running" && closed.value.length > 0 && (
        <div class="test-open" data-testid="connection-test-open">
          <h3>{t("connection-test.open")}</h3>
          <p>{t(verdict === "blocked" ? "connection-test.open.must" : "connection-test.open.better")}</p>
          <ul>
            {closed.value.map(({ transport, host, port }) => (
              <li key={transport + host + port}>
                <code>
                  {transport.toUpperCase()} {port} → {host}
                </code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function explained(verdict: Verdict, { steps }: ConnectionTest): string {
  const udp = steps["relay-udp"].value.is === "ok";
  const tcp = steps["relay-tcp"].value.is === "ok";
  const off = steps["relay-udp"].value.is === "skipped" && steps["relay-tcp"].value.is === "skipped";
  if (verdict === "direct" && !udp && !tcp)
    return t(off ? "connection-test.direct.no-relay" : "connection-test.direct.relay-closed");
  if (verdict === "relayed" && !udp) return t("connection-test.relayed.tcp");
  return t(`connection-test.${verdict}.text`);
}

const MARKS: Partial<Record<Outcome["is"], string>> = { ok, failed, skipped };

function Step({ name, outcome }: { name: StepName; outcome: Outcome }): JSX.Element {
  const { is, why, ms } = outcome;
  const mark = MARKS[is];
  return (
    <li data-step={name} data-state={is} class={is}>
      <span class="test-mark">
        {mark && <Icon body={mark} />}
        {is === "running" && <i class="test-spinner" />}
        {is === "waiting" && <i class="test-dot" />}
      </span>
      <div>
        <b>{t(`connection-test.step.${name}`)}</b>
        <p>{said(name, is, why)}</p>
      </div>
      {ms !== undefined && <span class="test-ms">{t("connection-test.ms", { ms })}</span>}
    </li>
  );
}

/** What came out, else what is being looked at. */
function said(name: StepName, is: Outcome["is"], why: string | undefined): string {
  const reason = `connection-test.why.${why}`;
  if (is === "ok" && why === undefined) return t(`connection-test.ok.${name}`);
  if (why !== undefined) return t(has(reason) ? reason : "connection-test.why.unexpected");
  return t(`connection-test.about.${name}`);
}
