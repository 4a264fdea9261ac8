import css from "css:admin/telegram";
import { addStyle, addTexts } from "../../../shared/kit";
import { View } from "./view";

const part = { View };

export async function ready(): Promise<typeof part> {
  await addTexts({ tr: () => import("locale:telegram.tr"), en: () => import("locale:telegram.en") });
  addStyle(css);
  return part;
}
