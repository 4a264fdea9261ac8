import { readFileSync } from "node:fs";

/**
 * What socket.io-client brings along and no page needs, replaced by next to nothing: a visitor pays for each byte.
 * Each replacement keeps the exports that the rest of the client imports.
 */
const REPLACEMENTS = {
  // WebTransport needs HTTP/3, which the server does not speak.
  "engine.io-client/build/esm/transports/webtransport.js": "export const WT = undefined;",
  // All payloads are JSON.
  "socket.io-parser/build/esm/index.js": readFileSync(new URL("socket-parser.js", import.meta.url), "utf8"),
  // A module as an object would need a helper, in a file of its own.
  "socket.io-client/build/esm/manager.js": (text) =>
    // The page tries again by itself, to tell people when.
    withoutMethods(
      "reconnection",
      "reconnectionAttempts",
      "reconnectionDelay",
      "reconnectionDelayMax",
      "randomizationFactor",
      "maybeReconnectOnOpen",
      "reconnect",
      "onreconnect",
    )(text).replace(
      'import * as parser from "socket.io-parser";',
      'import { Decoder, Encoder } from "socket.io-parser"; const parser = { Decoder, Encoder };',
    ),
  // What is sent again is the outbox's business. Of the listeners to everything only `onAny` is used.
  "socket.io-client/build/esm/socket.js": (text) =>
    withoutMethods(
      "_addToQueue",
      "_drainQueue",
      "prependAny",
      "offAny",
      "onAnyOutgoing",
      "prependAnyOutgoing",
      "offAnyOutgoing",
      "notifyOutgoingListeners",
    )(without(/"It seems you are trying to reach[^"]*"/, '"v2"')(text)),
  // What js/shared/socket.ts does not say is not asked for: no address as a text, no other transports.
  "engine.io-client/build/esm/socket.js": (text) =>
    [
      [/if \(uri && "object" === typeof uri\).*?(?=installTimerFunctions)/s, ""],
      [
        /(?<=this\.secure =).*?(?=this\.opts = Object)/s,
        `opts.secure;
        this.hostname = opts.hostname;
        this.port = opts.port || (this.secure ? "443" : "80");
        this.transports = [...opts.transports];
        this._transportsByName = DEFAULT_TRANSPORTS;`,
      ],
      [/if \(typeof this\.opts\.query === "string"\) \{.*?\}/s, ""],
      [/if \(this\.opts\.closeOnBeforeunload\) \{.*?\n {12}\}/s, ""],
    ].reduce(
      (slim, [found, by]) => without(found, by)(slim),
      // WebSocket comes first: whoever gets polling had no luck with it, and has again at the next connection.
      withoutMethods("_probe")(text),
    ),
  // No browser takes headers or certificates for it.
  "engine.io-client/build/esm/transports/websocket.js": without(
    /const opts = isReactNative.*?opts\.headers = [^}]*\}/s,
    "const opts = {};",
  ),
  // For browsers of long ago.
  "engine.io-client/build/esm/transports/polling-xhr.js": (text) =>
    [
      [/const hasXHR2 = .*?\}\)\(\);/s, "const hasXHR2 = true;"],
      [/(?<=function newRequest\()opts\) \{.*\n\}/s, ") { return new XMLHttpRequest(); }"],
      [/const opts = pick\(.*?\);/s, "const opts = {};"],
      [/try \{\s*if \(this\._opts\.extraHeaders\).*?catch \(e\) \{ \}/s, ""],
    ].reduce((slim, [found, by]) => without(found, by)(slim), text),
  "socket.io-client/build/esm/index.js": 'export { Manager } from "./manager.js";',
  "socket.io-client/build/esm/contrib/backo2.js": "export class Backoff { reset() {} }",
  "engine.io-client/build/esm/contrib/has-cors.js": "export const hasCORS = true;",
  // Of the engine's frames, too, all are texts.
  "engine.io-parser/build/esm/encodePacket.browser.js": `
    import { PACKET_TYPES } from "./commons.js";
    export const encodePacketToBinary = undefined;
    export const encodePacket = ({ type, data }, _, callback) => callback(PACKET_TYPES[type] + (data || ""));`,
  "engine.io-parser/build/esm/decodePacket.browser.js": `
    import { ERROR_PACKET, PACKET_TYPES_REVERSE } from "./commons.js";
    export function decodePacket(text) {
      const type = PACKET_TYPES_REVERSE[text[0]];
      if (!type) return ERROR_PACKET;
      return text.length > 1 ? { type, data: text.slice(1) } : { type };
    }`,
};

/** A part that is not there any more is a reason to look at it again. */
function without(found, by) {
  return (text) => {
    if (!found.test(text))
      throw new Error(`socket.io-client has changed: ${found} was not met. Adapt build/slim-socket.mjs.`);
    return text.replace(found, by);
  };
}

/** Methods that nobody calls, or whose work nobody wants, do nothing. */
function withoutMethods(...names) {
  return (text) =>
    names.reduce(
      (slim, name) =>
        without(new RegExp(`(?<=\\n {4}${name}\\([^)]*\\) \\{).*?(?=\\n {4}\\}\\n)`, "s"), "")(slim),
      text,
    );
}

export function slimSocket() {
  return {
    name: "slim-socket",
    setup(build) {
      const missing = new Set(Object.keys(REPLACEMENTS));
      build.onLoad(
        {
          filter: /(?:engine|socket)\.io-(?:client|parser)\/build\/esm\/.*\.js$/,
        },
        ({ path }) => {
          const name = Object.keys(REPLACEMENTS).find((end) => path.endsWith(end));
          if (!name) return undefined;
          missing.delete(name);
          const by = REPLACEMENTS[name];
          return { contents: typeof by === "string" ? by : by(readFileSync(path, "utf8")), loader: "js" };
        },
      );
      build.onEnd(() => {
        if (missing.size === 0) return undefined;
        const text = `socket.io-client has changed: ${[...missing].join(", ")} was not met. Adapt build/slim-socket.mjs.`;
        return { errors: [{ text }] };
      });
    },
  };
}
