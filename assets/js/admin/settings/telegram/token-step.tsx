import { useState } from "preact/hooks";
import { locale, t } from "../../../shared/i18n";
import { isOwner, me } from "../../access";
import { telegram } from "../../store";
import { changeTelegram } from "../../telegram";
import { Field } from "../../ui/field";
import type { Telegram } from "../../wire";
import { Awaiting, Pinned, Step, type StepState } from "./step";
import { useAct } from "./use-act";
import { At, rich } from "./words";

/** The number of the bot, a colon and what is secret. Telegram decides; this catches a slip of the hand. */
const TOKEN = /^\d{3,20}:[\w-]{20,100}$/;

/** Whose bot it is. */
export function TokenStep({ known, step }: { known: Telegram; step: StepState }) {
  const [replacing, setReplacing] = useState(false);
  const { bot, pinned, state } = known;
  const changeable = isOwner.value && !pinned.token;
  const asked = changeable && !me.value?.demo && (state === "off" || step === "fault" || replacing);
  return (
    <Step number={1} title={t(bot ? "telegram.token.named" : "telegram.token.title")} state={step}>
      {bot && (
        <p class="tg-fact" data-testid="telegram-bot">
          <b>{bot.name}</b> <At name={bot.username} />
        </p>
      )}
      {!bot && state !== "off" && step !== "fault" && <Awaiting>{t("telegram.token.asking")}</Awaiting>}
      {pinned.token && <Pinned>{rich(t("telegram.token.pinned"))}</Pinned>}
      {state === "off" && me.value?.demo && <p>{t("telegram.demo")}</p>}
      {state === "off" && !isOwner.value && <p>{t("telegram.token.none")}</p>}
      {asked && <TokenForm first={state === "off"} focused={replacing} onDone={() => setReplacing(false)} />}
      {changeable && bot && !asked && (
        <button class="text-button tg-aside" type="button" onClick={() => setReplacing(true)}>
          {t("telegram.token.replace")}
        </button>
      )}
      {replacing && (
        <button class="text-button tg-aside" type="button" onClick={() => setReplacing(false)}>
          {t("cancel")}
        </button>
      )}
    </Step>
  );
}

interface FormProps {
  /** There was none before. */
  first: boolean;
  /** Somebody asked for it. */
  focused: boolean;
  onDone: () => void;
}

function TokenForm({ first, focused, onDone }: FormProps) {
  const [text, setText] = useState("");
  const [busy, fault, act, setFault] = useAct();

  async function connect(pasted: string): Promise<void> {
    const token = pasted.trim();
    if (busy) return;
    if (!TOKEN.test(token)) return setFault(t("telegram.token.malformed"));
    const done = await act(async () => {
      await changeTelegram("PUT", "/token", { token });
      const chosen = telegram.value?.settings;
      // It speaks as this page does, until somebody chooses otherwise.
      if (first && chosen && chosen.language !== locale.value) {
        await changeTelegram("PUT", "/settings", { ...chosen, language: locale.value });
      }
    });
    if (!done) return;
    // The secret does not stay in the page.
    setText("");
    onDone();
  }

  return (
    <form
      class="tg-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void connect(text);
      }}
    >
      {first && (
        <ol class="tg-how">
          <li>{rich(t("telegram.how.open"))}</li>
          <li>{rich(t("telegram.how.name"))}</li>
          <li>{rich(t("telegram.how.copy"))}</li>
        </ol>
      )}
      <div class="tg-token">
        <Field
          label={t("telegram.token")}
          value={text}
          onInput={(typed) => {
            setText(typed);
            setFault(null);
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData?.getData("text").trim() ?? "";
            // Where all of it was pasted there is nothing left to press.
            if (text === "" && TOKEN.test(pasted)) void connect(pasted);
          }}
          placeholder="123456789:AAE…"
          error={fault ?? undefined}
          errorSpoken
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={200}
          readOnly={busy}
          focused={focused}
          data-testid="telegram-token"
        />
        <button
          class="button primary"
          type="submit"
          disabled={busy || !text.trim()}
          data-testid="telegram-connect"
        >
          {t(busy ? "telegram.token.checking" : "telegram.token.connect")}
        </button>
      </div>
    </form>
  );
}
