import type { Address } from "./addresses";
import { Fault, withConnections } from "./deadline";

/** A server that answered did so by then; one that did not is given up later, by browsers that do not say why. */
const SILENCE_MS = 3_000;

/**
 * Asks by STUN over UDP how the world sees this browser; answers the round trip in ms, as far as it can be seen: from
 * the first address of one's own, when the question goes out, to the one the server saw.
 */
export function askStun(addresses: readonly Address[]): Promise<number | undefined> {
  return withConnections(1, { iceServers: addresses.map(({ server }) => server) }, async (connection) => {
    const began = performance.now();
    const answered = new Promise<number | undefined>((resolve, reject) => {
      let askedAt: number | undefined;
      let refused = false;
      connection.onicecandidateerror = () => {
        refused = true;
      };
      connection.onicecandidate = ({ candidate }) => {
        const now = performance.now();
        if (candidate?.type === "srflx") resolve(askedAt && Math.max(1, Math.round(now - askedAt)));
        askedAt ??= now;
        if (candidate) return;
        // Where nothing translates addresses, the answer is the address known already, and is left out.
        if (refused || now - began > SILENCE_MS) reject(new Fault("unreachable"));
        else resolve(undefined);
      };
    });
    connection.createDataChannel("probe");
    await connection.setLocalDescription();
    return answered;
  });
}
