import { ApiError, api } from "../api";
import { computed, type ReadonlySignal, type Signal, signal } from "../kit";
import { type Address, addressesOf } from "./addresses";
import { Fault } from "./deadline";
import { askStun } from "./direct";
import { microphone } from "./microphone";
import { echoThroughRelay } from "./relay";

export const STEPS = ["microphone", "server", "direct", "relay-udp", "relay-tcp"] as const;
export type StepName = (typeof STEPS)[number];

/** How one step stands. `why`: a key of the texts. */
export interface Outcome {
  is: "waiting" | "running" | "ok" | "failed" | "skipped";
  why?: string;
  ms?: number;
}

export type Verdict = "running" | "direct" | "relayed" | "blocked" | "offline" | "untested";

/** Somewhere that traffic does not get to. */
export interface Closed {
  transport: Address["transport"];
  host: string;
  port: number;
}

export interface ConnectionTest {
  readonly steps: Record<StepName, ReadonlySignal<Outcome>>;
  /** null before the first run. */
  readonly verdict: ReadonlySignal<Verdict | null>;
  /** What has to be opened; empty while nothing is known to be closed. */
  readonly closed: ReadonlySignal<readonly Closed[]>;
  run(): Promise<void>;
}

export interface Credentials {
  /** A visitor's; an agent's browser has its cookie. */
  token?: string | undefined;
}

export function openTest({ token }: Credentials): ConnectionTest {
  const steps = Object.fromEntries(STEPS.map((name) => [name, signal<Outcome>({ is: "waiting" })])) as Record<
    StepName,
    Signal<Outcome>
  >;
  const verdict = signal<Verdict | null>(null);
  const addresses = signal<readonly Address[]>([]);

  const waysOf = (name: StepName) =>
    addresses.value.filter(({ relays, transport }) => {
      if (name === "direct") return !relays && transport === "udp";
      return relays && name === `relay-${transport}`;
    });
  const is = (name: StepName, state: Outcome["is"]) => steps[name].value.is === state;

  const closed = computed<Closed[]>(() => {
    const found = new Map<string, Closed>();
    for (const name of ["direct", "relay-udp", "relay-tcp"] as const) {
      const { is: state, why } = steps[name].value;
      // A relay that answers "no" was reached.
      if (state !== "failed" || why === "refused") continue;
      for (const { transport, host, port } of waysOf(name))
        found.set(`${transport} ${host} ${port}`, { transport, host, port });
    }
    return [...found.values()];
  });

  async function step(name: StepName, act: () => Promise<Outcome>): Promise<void> {
    steps[name].value = { is: "running" };
    try {
      steps[name].value = await act();
    } catch (error) {
      steps[name].value = { is: "failed", why: error instanceof Fault ? error.code : "unexpected" };
    }
  }

  async function server(): Promise<Outcome> {
    const began = performance.now();
    try {
      const answer = await api<{ iceServers: RTCIceServer[] }>("GET", "/v1/api/ice-servers", undefined, {
        ...(token === undefined ? {} : { token }),
        signal: AbortSignal.timeout(8_000),
      });
      addresses.value = addressesOf(answer.iceServers);
      return { is: "ok", ms: Math.max(1, Math.round(performance.now() - began)) };
    } catch (error) {
      throw new Fault(error instanceof ApiError && error.status > 0 ? `server-${error.code}` : "network");
    }
  }

  /** Several servers of one kind: the first that works is enough. */
  const relay = (name: "relay-udp" | "relay-tcp") => async (): Promise<Outcome> => {
    const ways = waysOf(name);
    if (ways.length === 0) return { is: "skipped", why: "relay-off" };
    try {
      return { is: "ok", ms: await Promise.any(ways.map(echoThroughRelay)) };
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  };

  const direct = async (): Promise<Outcome> => {
    const ways = waysOf("direct");
    if (ways.length === 0) return { is: "skipped", why: "stun-off" };
    const ms = await askStun(ways);
    return { is: "ok", ...(ms === undefined ? {} : { ms }) };
  };

  async function run(): Promise<void> {
    if (verdict.value === "running") return;
    verdict.value = "running";
    addresses.value = [];
    for (const name of STEPS) steps[name].value = { is: "waiting" };
    const listening = step("microphone", microphone);
    if (!("RTCPeerConnection" in window)) {
      for (const name of ["direct", "relay-udp", "relay-tcp"] as const)
        steps[name].value = { is: "failed", why: "browser" };
    }
    await step("server", server);
    if (is("server", "ok") && is("direct", "waiting")) {
      await Promise.all([
        step("direct", direct),
        step("relay-udp", relay("relay-udp")),
        step("relay-tcp", relay("relay-tcp")),
      ]);
      // Interfaces that lead nowhere make browsers report a fault even so: what reached the relay reaches STUN.
      if (is("direct", "failed") && is("relay-udp", "ok")) steps.direct.value = { is: "ok" };
    }
    await listening;
    verdict.value = judge();
  }

  function judge(): Verdict {
    if (!is("server", "ok")) return steps.server.value.why === "network" ? "offline" : "untested";
    if (is("direct", "ok")) return "direct";
    return is("relay-udp", "ok") || is("relay-tcp", "ok") ? "relayed" : "blocked";
  }

  return { steps, verdict, closed, run };
}
