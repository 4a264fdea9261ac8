/** Kept for the tab only: a phone may drop the page while its owner is in the authenticator app. */
const KEY = "konusma.setup";

/** Takes the token of a one-time link out of the address bar, before anybody sees or bookmarks it. */
export function takeSetupToken(): string | null {
  const fresh = /^#setup=([\w-]+)$/.exec(location.hash)?.[1];
  if (!fresh) return read();
  history.replaceState(null, "", location.pathname);
  try {
    sessionStorage.setItem(KEY, fresh);
  } catch {
    // Then it lives as long as the page.
  }
  return fresh;
}

export function forgetSetupToken(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

function read(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
