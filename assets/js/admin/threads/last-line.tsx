import { Said } from "../../shared/attachments/said";
import { t } from "../../shared/i18n";
import { systemText } from "../../shared/system-text";
import type { Thread } from "../../shared/types";
import { me } from "../access";

/** The last message in one line, with who said it when it was not the visitor. */
export function LastLine({ thread: { last } }: { thread: Thread }) {
  if (!last) return <>{t("row.no-message")}</>;
  if (last.from === "system") return <>{systemText(last.text ?? "")}</>;
  if (last.call) return <Said message={last} mine={last.from === "agent"} plain />;
  const own = !last.author || last.author === me.value?.name;
  return (
    <>
      {last.from === "agent" && <>{t(own ? "row.you" : "row.agent", { name: last.author ?? "" })} </>}
      <Said message={last} mine={last.from === "agent"} plain />
    </>
  );
}
