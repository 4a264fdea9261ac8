import css from "css:connection-test";
import dialogCss from "css:dialog";
import { addStyle, addTexts } from "../kit";
import { showDialog } from "./dialog";
import { type Credentials, openTest } from "./test";
import { Result } from "./view";

const part = { openTest, Result };
export type ConnectionTestPart = typeof part;

let loading: Promise<ConnectionTestPart> | undefined;

/** The test without a dialog around it, with style and words: for a page that has a place for it. */
export function ready(): Promise<ConnectionTestPart> {
  loading ??= prepare();
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

async function prepare(): Promise<ConnectionTestPart> {
  await addTexts({ tr: () => import("locale:connection.tr"), en: () => import("locale:connection.en") });
  addStyle(css);
  return part;
}

let dialogStyled = false;

/** *Test my connection* in a dialog. A visitor gives his token; an agent's browser has its cookie. */
export async function openConnectionTest(credentials: Credentials = {}): Promise<void> {
  await ready();
  // The panel has it from the start, the visitor's page does not.
  if (!dialogStyled) addStyle(dialogCss);
  dialogStyled = true;
  showDialog(credentials);
}
