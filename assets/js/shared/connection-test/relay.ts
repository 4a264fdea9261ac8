import type { Address } from "./addresses";
import { Fault, withConnections } from "./deadline";

const ECHOES = 5;
/** RFC 8656: the relay was reached, and does not let this browser in. */
const REFUSALS = [401, 403, 437, 441, 442, 486, 508];

/** Two connections of this page meet at the relay and nowhere else; answers the shortest round trip, in ms. */
export function echoThroughRelay({ server }: Address): Promise<number> {
  const configuration: RTCConfiguration = { iceServers: [server], iceTransportPolicy: "relay" };
  return withConnections(2, configuration, async (here, there) => {
    if (!here || !there) throw new Fault("unreachable");
    const faults = Promise.race([faultOf(here), faultOf(there)]);
    trickle(here, there);
    trickle(there, here);
    there.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => channel.send(data);
    };
    const channel = here.createDataChannel("echo");
    const echoed = shortestEcho(channel);
    await here.setLocalDescription();
    if (here.localDescription) await there.setRemoteDescription(here.localDescription);
    await there.setLocalDescription();
    if (there.localDescription) await here.setRemoteDescription(there.localDescription);
    return Promise.race([echoed, faults]);
  });
}

function trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
  const early: RTCIceCandidate[] = [];
  from.addEventListener("icecandidate", ({ candidate }) => {
    if (!candidate) return;
    if (to.remoteDescription) void to.addIceCandidate(candidate);
    else early.push(candidate);
  });
  to.addEventListener("signalingstatechange", () => {
    if (!to.remoteDescription) return;
    for (const candidate of early.splice(0)) void to.addIceCandidate(candidate);
  });
}

/** Settles only by failing: when there is no relayed address to be had. */
function faultOf(connection: RTCPeerConnection): Promise<never> {
  return new Promise((_, reject) => {
    let relayed = false;
    let refused = false;
    connection.addEventListener("icecandidateerror", ({ errorCode }) => {
      refused ||= REFUSALS.includes(errorCode);
    });
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.type === "relay") relayed = true;
      if (!candidate && !relayed) reject(new Fault(refused ? "refused" : "unreachable"));
    });
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed") reject(new Fault("unreachable"));
    });
  });
}

function shortestEcho(channel: RTCDataChannel): Promise<number> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let shortest = Infinity;
    let left = ECHOES;
    const send = () => {
      sentAt = performance.now();
      channel.send("echo");
    };
    channel.onopen = send;
    channel.onmessage = () => {
      shortest = Math.min(shortest, performance.now() - sentAt);
      if (--left > 0) send();
      else resolve(Math.max(1, Math.round(shortest)));
    };
    channel.onerror = () => reject(new Fault("unreachable"));
  });
}
