import { t } from "../../shared/i18n";
import { later, useLater } from "../../shared/later";
import { Skeleton } from "../../shared/ui/skeleton";

const panel = later(async () => (await import("./telegram/part")).ready());

/** Few look at it more than once: it comes when somebody does. */
export function TelegramSection() {
  const part = useLater(panel);
  return part ? <part.View /> : <Skeleton label={t("loading")} lines={5} />;
}
