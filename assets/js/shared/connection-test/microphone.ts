import type { Outcome } from "./test";

/** Whether a call could use a microphone, without asking for it. */
export async function microphone(): Promise<Outcome> {
  if (!isSecureContext) return { is: "failed", why: "insecure" };
  if (!navigator.mediaDevices) return { is: "failed", why: "missing" };
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const inputs = devices.filter(({ kind }) => kind === "audioinput");
  const permission = await permissionState();
  if (permission === "denied") return { is: "failed", why: "denied" };
  if (inputs.length === 0) return { is: "failed", why: "missing" };
  // Only who was allowed in is told the names.
  const allowed = permission === "granted" || inputs.some(({ label }) => label !== "");
  return { is: "ok", why: allowed ? "allowed" : "ask" };
}

async function permissionState(): Promise<PermissionState | undefined> {
  try {
    return (await navigator.permissions.query({ name: "microphone" as PermissionName })).state;
  } catch {
    // Not every browser answers this.
    return undefined;
  }
}
