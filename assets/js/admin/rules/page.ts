/** The path of an address as people read it: "/buketler/gül". One that is encoded wrongly stays as it is. */
export function readablePath({ pathname }: URL): string {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}
