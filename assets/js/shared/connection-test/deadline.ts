/** Why a step did not come to its end. */
export class Fault extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Longer than any network that could carry a conversation takes. */
const LONGEST_MS = 8_000;

/** Runs a step with connections of its own, which are closed however it ends. */
export async function withConnections<T>(
  count: number,
  configuration: RTCConfiguration,
  step: (...connections: RTCPeerConnection[]) => Promise<T>,
): Promise<T> {
  const connections = Array.from({ length: count }, () => new RTCPeerConnection(configuration));
  let timer: number | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Fault("timeout")), LONGEST_MS);
  });
  try {
    return await Promise.race([step(...connections), late]);
  } finally {
    clearTimeout(timer);
    for (const connection of connections) connection.close();
  }
}
