/** One way to a STUN or TURN server, as RFC 7064 and RFC 7065 write it. */
export interface Address {
  url: string;
  relays: boolean;
  transport: "udp" | "tcp";
  host: string;
  port: number;
  /** What RTCPeerConnection wants to use only this one. */
  server: RTCIceServer;
}

const URL = /^(stun|turn)(s?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i;

export function addressesOf(servers: readonly RTCIceServer[]): Address[] {
  return servers.flatMap((server) =>
    [server.urls].flat().flatMap((url) => {
      const [, kind, secure, host, port, transport] = URL.exec(url) ?? [];
      if (!kind || !host) return [];
      return {
        url,
        relays: kind.toLowerCase() === "turn",
        transport: (transport?.toLowerCase() ?? (secure ? "tcp" : "udp")) as "udp" | "tcp",
        host,
        port: Number(port ?? (secure ? 5349 : 3478)),
        server: { ...server, urls: [url] },
      };
    }),
  );
}
