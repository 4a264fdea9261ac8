import check from "icon:check";
import warning from "icon:triangle-alert";
import type { ComponentChildren } from "preact";
import { t } from "../../../shared/i18n";
import { Icon } from "../../../shared/ui/icon";
import type { Telegram } from "../../wire";

/** `later`: an earlier one comes first; `fault`: it was done, and broke. */
export type StepState = "later" | "current" | "done" | "fault";

export interface Steps {
  token: StepState;
  chat: StepState;
  test: StepState;
}

/** The way from nothing to a bot that works, and afterwards what it stands on. */
export function stepsOf({ state, bot, chat, fault, test }: Telegram): Steps {
  const chatBroken = fault?.code === "chat" || fault?.code === "not_started";
  return {
    token: fault?.code === "token" ? "fault" : bot ? "done" : "current",
    chat: chatBroken ? "fault" : chat ? "done" : bot ? "current" : "later",
    test: !chat ? "later" : test?.confirmed_at ? "done" : state === "ready" ? "current" : "later",
  };
}

interface Props {
  number: number;
  title: string;
  state: StepState;
  children: ComponentChildren;
}

export function Step({ number, title, state, children }: Props) {
  return (
    <li class={`tg-step ${state}`} aria-current={state === "current" ? "step" : undefined}>
      <span class="tg-mark" aria-hidden="true">
        {state === "done" ? <Icon body={check} /> : state === "fault" ? <Icon body={warning} /> : number}
      </span>
      <div class="tg-step-body">
        <h3 tabIndex={-1}>
          {title}
          {state === "done" && <span class="visually-hidden"> {t("telegram.step.done")}</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}

/** Something is awaited. */
export function Awaiting({ children }: { children: ComponentChildren }) {
  return (
    <p class="tg-awaiting">
      <i aria-hidden="true" />
      <span>{children}</span>
    </p>
  );
}

/** Where a value comes from that cannot be changed here. */
export function Pinned({ children }: { children: ComponentChildren }) {
  return <p class="tg-pinned">{children}</p>;
}
