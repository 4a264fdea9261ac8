import angry from "icon:angry";
import frown from "icon:frown";
import laugh from "icon:laugh";
import meh from "icon:meh";
import smile from "icon:smile";
import { Icon, t, useEffect, useId, useRef, useSignal, useState } from "../../shared/kit";
import type { Chat } from "../chat";
import { remember } from "../store";
import { Card } from "./card";
import { openRatingSender } from "./send-rating";

const FACES = [angry, frown, meh, smile, laugh];
/** Arrow keys pass over what is not meant. */
const KEY_PAUSE_MS = 700;

interface Props {
  chat: Chat;
  /** The message that said that the chat is closed: each closing is asked about once. */
  closing: number;
}

/** How was it? One tap, which can be taken back until somebody writes again. */
export function Rating({ chat, closing }: Props) {
  const [rated] = useState(chat.identity.rated === closing);
  const wrote = chat.conversation.messages.value.some(({ from }) => from !== "system");
  return rated || !wrote || !chat.closed.value ? null : <Faces chat={chat} closing={closing} />;
}

function Faces({ chat, closing }: Props) {
  const chosen = useSignal(0);
  const saved = useRef(0);
  const [sender] = useState(() =>
    openRatingSender(chat.identity.token, (rating) => {
      saved.current = rating;
      remember({ rated: closing });
    }),
  );
  useEffect(() => sender.close, [sender]);
  const timer = useRef<number | undefined>(undefined);
  const byKey = useRef(false);
  const id = useId();
  const state = sender.state.value;

  // One that is chosen already could not be tapped again.
  useEffect(() => {
    if (state === "failed") chosen.value = saved.current;
  }, [state]);
  const choose = (rating: number) => {
    chosen.value = rating;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => sender.send(rating), byKey.current ? KEY_PAUSE_MS : 0);
  };
  const outcome = {
    none: "",
    sending: "",
    waiting: t("rating.waiting"),
    saved: t("rating.thanks"),
    failed: t("rating.failed"),
  }[state];
  return (
    <Card said={outcome || (state === "none" ? t("rating.question") : "")} testId="rating">
      <fieldset
        class="rating"
        onKeyDown={() => {
          byKey.current = true;
        }}
        onPointerDown={() => {
          byKey.current = false;
        }}
      >
        <legend>{t("rating.question")}</legend>
        <div class="faces">
          {FACES.map((face, index) => {
            const rating = index + 1;
            return (
              <label
                key={rating}
                class={`face ${chosen.value === rating ? "chosen" : ""}`}
                title={t(`rating.${rating}`)}
              >
                <input
                  type="radio"
                  class="visually-hidden"
                  name={id}
                  value={rating}
                  checked={chosen.value === rating}
                  aria-label={t(`rating.${rating}`)}
                  data-testid={`rating-${rating}`}
                  onChange={() => choose(rating)}
                />
                <Icon body={face} />
              </label>
            );
          })}
        </div>
      </fieldset>
      <p class={`ask-words ${state}`} data-testid="rating-outcome">
        {outcome || (chosen.value ? t(`rating.${chosen.value}`) : t("rating.hint"))}
      </p>
    </Card>
  );
}
