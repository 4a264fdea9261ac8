import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../../shared/i18n";
import { Skeleton } from "../../../shared/ui/skeleton";
import { isOwner } from "../../access";
import { problemText } from "../../problem";
import { telegram } from "../../store";
import { askedInVain, askTelegram, useTelegram } from "../../telegram";
import { Notice } from "../../ui/notice";
import type { Telegram } from "../../wire";
import { ChatStep } from "./chat-step";
import { Choices } from "./choices";
import { Delivery } from "./delivery";
import { Disconnect } from "./disconnect";
import { Fault } from "./fault";
import { stepsOf } from "./step";
import { TestStep } from "./test-step";
import { TokenStep } from "./token-step";

/** Somebody holds a phone and looks here for what it did. */
const ASK_EVERY_MS = 2_000;

/** The owner's bot: from nothing to one that works, and how it does. */
export function View() {
  useTelegram(ASK_EVERY_MS);
  const known = telegram.value;
  if (known) return <Known known={known} />;
  if (!askedInVain.value) return <Skeleton label={t("loading")} lines={5} />;
  return (
    <div class="form">
      <Notice tone="bad">{problemText(askedInVain.value)}</Notice>
      <button class="button plain" type="button" onClick={() => void askTelegram()}>
        {t("try-again")}
      </button>
    </div>
  );
}

function Known({ known }: { known: Telegram }) {
  const { state, bot, chat, pinned, fault, queue, failed } = known;
  const steps = stepsOf(known);
  const root = useRef<HTMLDivElement>(null);
  const said = useProgress(known);
  // The form or button that led here is gone, and the focus with it.
  useEffect(() => {
    if (!said || document.activeElement !== document.body) return;
    const find = (place: string) => root.current?.querySelector<HTMLElement>(place);
    (find("[aria-current=step] h3") ?? find(".tg-step h3"))?.focus();
  }, [said]);
  return (
    <div class="tg" ref={root} data-testid="telegram" data-state={state}>
      <p class="settings-lead">{t("telegram.lead")}</p>
      <Fault fault={fault} />
      <ol class="tg-steps">
        <TokenStep known={known} step={steps.token} />
        <ChatStep known={known} step={steps.chat} />
        <TestStep known={known} step={steps.test} />
      </ol>
      <p class="visually-hidden" role="status">
        {said}
      </p>
      {chat && state !== "off" && <Choices />}
      {((chat && state !== "off") || queue.waiting > 0 || failed.length > 0) && <Delivery known={known} />}
      {isOwner.value && state !== "off" && !pinned.token && (
        <Disconnect bot={bot?.name ?? t("telegram.the-bot")} />
      )}
    </div>
  );
}

/** Each step forward or back, in words; empty until there is one. */
function useProgress({ state, bot, chat }: Telegram): string {
  const before = useRef(state);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    if (state === "off") setSaid(t("telegram.said.off"));
    else if (state === "waiting") setSaid(t("telegram.said.waiting", { bot: bot?.name ?? "" }));
    else if (state === "ready") setSaid(t("telegram.said.ready", { chat: chat?.title ?? "" }));
  }, [state]);
  return said;
}
