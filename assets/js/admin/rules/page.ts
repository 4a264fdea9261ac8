/** A browser said this address: null unless it is one of the web. */
export function webAddress(url: string): URL | null {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed : null;
  } catch {
    return null;
  }
}

/** The path of an address as people read it: "/buketler/gül". One that is encoded wrongly stays as it is. */
export function readablePath({ pathname }: URL): string {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}
