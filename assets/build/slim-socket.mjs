/**
 * What socket.io-client brings along and no page needs, replaced by next to nothing: a visitor pays for each byte.
 * Each replacement keeps the exports that the rest of the client imports.
 */
const REPLACEMENTS = {
  // WebTransport needs HTTP/3, which the server does not speak.
  "engine.io-client/build/esm/transports/webtransport.js": "export const WT = undefined;",
  // All payloads are JSON.
  "socket.io-parser/build/esm/is-binary.js":
    "export const isBinary = () => false; export const hasBinary = isBinary;",
  "socket.io-parser/build/esm/binary.js":
    "export const deconstructPacket = undefined; export const reconstructPacket = undefined;",
  // Every browser this is built for can parse an address itself.
  "engine.io-client/build/esm/contrib/parseuri.js": `export function parse(address) {
    const { protocol, hostname, port, pathname, search } = new URL(address, location.href);
    return {
      source: address,
      protocol: protocol.slice(0, -1),
      host: hostname.replace(/^\\[|\\]$/g, ""),
      port,
      path: pathname,
      query: search.slice(1),
    };
  }`,
};

export function slimSocket() {
  return {
    name: "slim-socket",
    setup(build) {
      const missing = new Set(Object.keys(REPLACEMENTS));
      build.onLoad({ filter: /(?:engine\.io-client|socket\.io-parser)\/build\/esm\/.*\.js$/ }, ({ path }) => {
        const name = Object.keys(REPLACEMENTS).find((end) => path.endsWith(end));
        if (!name) return undefined;
        missing.delete(name);
        return { contents: REPLACEMENTS[name], loader: "js" };
      });
      build.onEnd(() => {
        if (missing.size === 0) return undefined;
        const text = `socket.io-client has changed: ${[...missing].join(", ")} was not met. Adapt build/slim-socket.mjs.`;
        return { errors: [{ text }] };
      });
    },
  };
}
