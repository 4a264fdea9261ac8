import { ApiError } from "../../shared/api";
import { has, t } from "../../shared/i18n";
import { call } from "../access";
import { problemText } from "../problem";
import { settings } from "../store";
import type { Settings } from "../wire";
import { newDraft } from "./drafts";
import { faultOf, tidy } from "./rules";

/** What the owner has changed of the business's settings. */
const draft = newDraft<Settings>({
  stored: settings,
  tidy,
  faultOf(wanted) {
    const fault = faultOf(wanted);
    return fault && t(fault.text, fault.vars);
  },
  async put(wanted) {
    settings.value = (await call<Settings | undefined>("PUT", "/api/admin/settings", wanted)) ?? wanted;
  },
  refusalText,
});
export const { edited, edit } = draft;

function refusalText(error: unknown): string {
  const field =
    error instanceof ApiError && error.code === "invalid_field"
      ? error.body.field?.split(/[.[]/)[0]
      : undefined;
  const key = `settings.refused.${field}`;
  return has(key) ? t(key) : problemText(error);
}
