// What a page's connections really carry: a script for Person.open's `before`, and questions about what it keeps.
import { eventually } from "../../support/deadline.mjs";

/**
 * Keeps every RTCPeerConnection of a page. `relay`: "udp" or "tcp", a browser that gets through over the server's relay in
 * this transport only. `closed`: a network that lets nothing through to our server in these transports ("udp", "tcp").
 */
export const watched = (network = {}) => `(${watch})(${JSON.stringify(network)})`;

/** From now on the page is in another network. */
export const moveTo = ({ page }, network) => page.evaluate((now) => Object.assign(window, { network: now }), network);

function watch(network) {
  const Native = window.RTCPeerConnection;
  window.network = network;
  const change = (config = {}) => {
    const { relay, closed = [] } = window.network;
    const transportOf = (url) => url.split("?transport=")[1] ?? "udp";
    const mayUse = (url) => !relay || (url.startsWith("turn") && transportOf(url) === relay);
    // Nobody listens on the discard port.
    const reach = (url) => (closed.includes(transportOf(url)) ? url.replace(/:[^:?]+:\d+/, ":127.0.0.1:9") : url);
    const servers = (config.iceServers ?? []).map((server) => ({ ...server, urls: [server.urls].flat().filter(mayUse).map(reach) }));
    return {
      ...config,
      ...(relay && { iceTransportPolicy: "relay" }),
      iceServers: servers.filter(({ urls }) => urls.length > 0),
    };
  };
  window.connections = [];
  window.RTCPeerConnection = class extends Native {
    constructor(config) {
      super(change(config));
      window.connections.push(this);
    }
    setConfiguration(config) {
      super.setConfiguration(change(config));
    }
  };
  /** Of the newest connection: what came in by kind, and the pair in use. */
  window.traffic = async () => {
    const found = { audio: 0, video: 0, energy: 0, heardS: 0, pair: null };
    const report = [...((await window.connections.at(-1)?.getStats()) ?? new Map()).values()];
    const byId = (id) => report.find((stat) => stat.id === id);
    for (const stat of report) {
      if (stat.type === "inbound-rtp") found[stat.kind] += stat.bytesReceived;
      if (stat.type === "inbound-rtp" && stat.kind === "audio") {
        found.energy = stat.totalAudioEnergy;
        found.heardS = stat.totalSamplesDuration;
      }
      if (stat.type !== "transport" || !stat.selectedCandidatePairId) continue;
      const pair = byId(stat.selectedCandidatePairId);
      const [local, remote] = [byId(pair.localCandidateId), byId(pair.remoteCandidateId)];
      found.pair = {
        types: [local.candidateType, remote.candidateType],
        url: local.url,
        relayProtocol: local.relayProtocol,
        ports: [local.port, remote.port],
      };
    }
    return found;
  };
  /** Milliseconds from the next click on one of these buttons to the first byte of media. */
  window.firstMediaAfterClick = (testids) =>
    new Promise((resolve) => {
      const onClick = async (event) => {
        if (!testids.includes(event.target.closest("[data-testid]")?.dataset.testid)) return;
        removeEventListener("click", onClick, true);
        const began = performance.now();
        const before = window.connections.length;
        for (;;) {
          if (window.connections.length > before) {
            const { audio, video } = await window.traffic();
            if (audio + video > 0) break;
          }
          await new Promise((done) => setTimeout(done, 5));
        }
        resolve(performance.now() - began);
      };
      addEventListener("click", onClick, true);
    });
}

export const traffic = ({ page }) => page.evaluate(() => window.traffic());

/** Media of these kinds comes in, and goes on coming. */
export async function mediaFlows(side, kinds = ["audio"]) {
  const before = await traffic(side);
  return eventually(`${kinds.join(" and ")} comes in`, async () => {
    const now = await traffic(side);
    return kinds.every((kind) => before[kind] > 0 ? now[kind] > before[kind] + 500 : now[kind] > 1000) && now;
  });
}

/** How much sound was in the next seconds of it; the fake microphone beeps each second. */
async function energyIn(side, seconds) {
  const before = await traffic(side);
  const after = await eventually(`${seconds} s of sound`, async () => {
    const now = await traffic(side);
    return now.heardS >= before.heardS + seconds && now;
  });
  return after.energy - before.energy;
}

const SILENCE = 1e-6;
const BEEPS_S = 1.5;

export const hears = (side) => eventually("a beep is heard", async () => (await energyIn(side, 0.3)) > SILENCE);

/** The last beeps before may still be on their way. */
export const hearsNothing = (side) => eventually("nothing is heard", async () => (await energyIn(side, BEEPS_S)) < SILENCE);
