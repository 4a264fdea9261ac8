import { computed, signal } from "@preact/signals";
import { ApiError } from "../../shared/api";
import { has, t } from "../../shared/i18n";
import { call } from "../access";
import { problemText } from "../problem";
import { settings } from "../store";
import type { Settings } from "../wire";
import { faultOf, tidy } from "./rules";

/** What the owner has changed but not saved. It outlives the view, a lost connection and a new sign-in, not the page. */
const draft = signal<Settings | null>(null);

export const edited = computed<Settings | null>(() => draft.value ?? settings.value);
export const dirty = computed(
  () =>
    draft.value !== null &&
    settings.value !== null &&
    JSON.stringify(draft.value) !== JSON.stringify(settings.value),
);
export const saving = signal(false);
export const saveFault = signal<string | null>(null);

export function edit(change: Partial<Settings>): void {
  if (!edited.value) return;
  draft.value = { ...edited.value, ...change };
  saveFault.value = null;
}

export function discard(): void {
  draft.value = null;
  saveFault.value = null;
}

export async function saveSettings(): Promise<boolean> {
  if (!draft.value) return false;
  const wanted = tidy(draft.value);
  const fault = faultOf(wanted);
  if (fault) {
    saveFault.value = t(fault.text, fault.vars);
    return false;
  }
  saving.value = true;
  saveFault.value = null;
  try {
    settings.value = (await call<Settings | undefined>("PUT", "/api/admin/settings", wanted)) ?? wanted;
    draft.value = null;
    return true;
  } catch (error) {
    saveFault.value = refusalText(error);
    return false;
  } finally {
    saving.value = false;
  }
}

function refusalText(error: unknown): string {
  const field =
    error instanceof ApiError && error.code === "invalid_field"
      ? error.body.field?.split(/[.[]/)[0]
      : undefined;
  const key = `settings.refused.${field}`;
  return has(key) ? t(key) : problemText(error);
}

addEventListener("beforeunload", (event) => {
  if (dirty.value) event.preventDefault();
});
