/** WebTransport needs HTTP/3, which the server does not speak; visitors need not fetch it. */
export function withoutWebTransport() {
  return {
    name: "without-web-transport",
    setup(build) {
      build.onLoad({ filter: /engine\.io-client\/build\/esm\/transports\/webtransport\.js$/ }, () => ({
        contents: "export const WT = undefined;",
        loader: "js",
      }));
    },
  };
}
