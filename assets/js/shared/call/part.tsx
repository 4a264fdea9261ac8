import css from "css:call";
import { addStyle, addTexts } from "../kit";
import { openCallList } from "./calls";
import { Panel } from "./panel";
import type { CallsOptions, HookParts, OpenCalls } from "./types";

let styled = false;

/** With style and words. */
export async function openCalls(hook: HookParts, options: CallsOptions): Promise<OpenCalls> {
  await addTexts({ tr: () => import("locale:call.tr"), en: () => import("locale:call.en") });
  if (!styled) addStyle(css);
  styled = true;
  const list = openCallList(hook, options);
  const calls: OpenCalls = {
    ...list,
    Panel: (props) => <Panel calls={calls} options={options} {...props} />,
  };
  return calls;
}
