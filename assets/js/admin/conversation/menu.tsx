import ban from "icon:ban";
import download from "icon:download";
import trash from "icon:trash-2";
import userCheck from "icon:user-check";
import userMinus from "icon:user-minus";
import video from "icon:video";
import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { Thread } from "../../shared/types";
import { agentId } from "../access";
import { assignToMe, exportThread, patchThread, unassign } from "../actions";
import { canOffer, pressCall } from "../calls/buttons";
import { narrowHead } from "../ui/media";
import { Menu, type MenuItem } from "../ui/menu";
import { ConfirmBlock, ConfirmErase } from "./confirm";

/** The rarer things to do with a conversation. */
export function ThreadMenu({ thread }: { thread: Thread }) {
  const [asking, setAsking] = useState<"block" | "erase" | null>(null);
  const { room } = thread;
  const mine = thread.assigned?.id === agentId.value;
  const items: MenuItem[] = [
    ...(narrowHead.value && canOffer("video")
      ? [{ icon: video, label: t("call-button.video"), act: () => pressCall("video", thread) }]
      : []),
    mine
      ? { icon: userMinus, label: t("unassign"), act: () => void unassign(room) }
      : { icon: userCheck, label: t("assign-to-me"), act: () => void assignToMe(room) },
    { icon: download, label: t("export"), act: () => exportThread(room) },
    thread.blocked
      ? { icon: ban, label: t("unblock"), act: () => void patchThread(room, { blocked: false }) }
      : { icon: ban, label: t("block"), act: () => setAsking("block") },
    { icon: trash, label: t("erase"), danger: true, act: () => setAsking("erase") },
  ];
  return (
    <>
      <Menu label={t("more-actions")} items={items} />
      {asking === "block" && <ConfirmBlock thread={thread} onClose={() => setAsking(null)} />}
      {asking === "erase" && <ConfirmErase thread={thread} onClose={() => setAsking(null)} />}
    </>
  );
}
