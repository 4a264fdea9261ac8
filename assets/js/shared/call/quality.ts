import type { Quality } from "./types";

const EVERY_MS = 2_000;
/** Beyond these, speech begins to suffer (ITU-T G.114 for the delay; loss that Opus no longer hides). */
const LOSS = 0.05;
const JITTER_S = 0.05;
const ROUND_TRIP_S = 0.4;
/** One bad measure is an accident, two are a weak connection; it takes longer to believe that it is over. */
const WEAK_AFTER = 2;
const GOOD_AFTER = 3;

interface Counts {
  lost: number;
  received: number;
}

// What TypeScript's own types leave out.
interface Stat extends RTCStats {
  selectedCandidatePairId?: string;
  selected?: boolean;
  nominated?: boolean;
  state?: string;
  localCandidateId?: string;
  remoteCandidateId?: string;
  currentRoundTripTime?: number;
  candidateType?: string;
  packetsLost?: number;
  packetsReceived?: number;
  jitter?: number;
  fractionLost?: number;
}

/** Measures until it is stopped. `onQuality` hears each measure. */
export function watchQuality(pc: RTCPeerConnection, onQuality: (quality: Quality) => void): () => void {
  let before: Counts = { lost: 0, received: 0 };
  let weak = false;
  let against = 0;

  async function measure(): Promise<void> {
    const report = await pc.getStats().catch(() => null);
    if (!report || pc.connectionState !== "connected") return;
    const stats: Stat[] = [];
    report.forEach((stat: Stat) => {
      stats.push(stat);
    });
    const pair = selectedPair(stats, report);
    if (!pair) return;
    const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) =>
      id ? (report.get(id) as Stat) : null,
    );
    const counts = count(stats);
    const lost = Math.max(0, counts.lost - before.lost);
    const received = Math.max(0, counts.received - before.received);
    before = counts;
    const theirLoss = Math.max(
      0,
      ...stats.map(({ type, fractionLost }) => (type === "remote-inbound-rtp" && fractionLost) || 0),
    );
    const jitter = Math.max(0, ...stats.map(({ type, jitter: of }) => (type === "inbound-rtp" && of) || 0));
    const bad =
      lost / Math.max(1, lost + received) > LOSS ||
      theirLoss > LOSS ||
      jitter > JITTER_S ||
      (pair.currentRoundTripTime ?? 0) > ROUND_TRIP_S;
    against = bad === weak ? 0 : against + 1;
    if (against >= (weak ? GOOD_AFTER : WEAK_AFTER)) {
      weak = bad;
      against = 0;
    }
    onQuality({
      level: weak ? "weak" : "good",
      relayed: ends.some((end) => end?.candidateType === "relay"),
    });
  }

  const timer = window.setInterval(() => void measure(), EVERY_MS);
  void measure();
  return () => clearInterval(timer);
}

function selectedPair(stats: readonly Stat[], report: RTCStatsReport): Stat | undefined {
  const transport = stats.find(
    ({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId,
  );
  if (transport?.selectedCandidatePairId) return report.get(transport.selectedCandidatePairId) as Stat;
  // Firefox marks the pair itself.
  const pairs = stats.filter(({ type }) => type === "candidate-pair");
  return (
    pairs.find(({ selected }) => selected) ??
    pairs.find(({ nominated, state }) => nominated && state === "succeeded")
  );
}

function count(stats: readonly Stat[]): Counts {
  const inbound = stats.filter(({ type }) => type === "inbound-rtp");
  const sum = (of: (stat: Stat) => number | undefined) =>
    inbound.reduce((all, stat) => all + (of(stat) ?? 0), 0);
  return { lost: sum((stat) => stat.packetsLost), received: sum((stat) => stat.packetsReceived) };
}
