import send from "icon:arrow-right";
import mail from "icon:mail";
import { ApiError, api, Icon, t, useEffect, useId, useRef, useSignal } from "../../shared/kit";
import type { Chat } from "../chat";
import { faultWords } from "../fault-words";
import { remember } from "../store";
import { Card } from "./card";

interface Props {
  chat: Chat;
  /** The message that said that nobody has answered yet. */
  since: number;
}

/** Nobody has answered for long: where can the answer reach the visitor? */
export function Contact({ chat, since }: Props) {
  const email = useSignal(chat.identity.email);
  const asking = useSignal(!email.value);
  const thanked = useSignal(false);
  const writing = useSignal(false);
  const answered = chat.conversation.messages.value.some(({ id, from }) => id > since && from === "agent");
  // What he is writing is not taken out of his hands.
  if ((answered || chat.closed.value) && !writing.value) return null;

  const known = { email: email.value ?? "" };
  const words = thanked.value
    ? t("contact.thanks", known)
    : t(asking.value ? "contact.why" : "contact.known", known);
  const given = (address: string) => {
    email.value = address;
    remember({ email: address });
    thanked.value = true;
    writing.value = asking.value = false;
    if (matchMedia("(pointer: fine)").matches) chat.files.composer.current?.focus();
  };
  return (
    <Card said={words} testId="contact">
      <p class="ask-words">
        {!asking.value && <Icon body={mail} />}
        <span>{words}</span>
      </p>
      {asking.value ? (
        <Form chat={chat} before={email.value} onWriting={(on) => (writing.value = on)} onGiven={given} />
      ) : (
        <button
          type="button"
          class="text-button"
          data-testid="contact-change"
          onClick={() => {
            thanked.value = false;
            asking.value = true;
          }}
        >
          {t("contact.change")}
        </button>
      )}
    </Card>
  );
}

interface FormProps {
  chat: Chat;
  before: string | undefined;
  onWriting: (on: boolean) => void;
  onGiven: (email: string) => void;
}

function Form({ chat, before, onWriting, onGiven }: FormProps) {
  const field = useRef<HTMLInputElement>(null);
  const fault = useSignal("");
  const busy = useSignal(false);
  const id = useId();
  useEffect(() => {
    if (before) field.current?.select();
  }, []);

  const refuse = (text: string) => {
    fault.value = text;
    field.current?.focus();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const it = field.current;
    const email = it?.value.trim();
    if (busy.value || !it) return;
    fault.value = "";
    if (!email || !it.validity.valid) return refuse(t("start.email-wrong"));
    busy.value = true;
    try {
      await api("PATCH", "/api/session", { email }, { token: chat.identity.token });
      onGiven(email);
    } catch (error) {
      const wrong = error instanceof ApiError && error.body.field === "email";
      refuse(wrong ? t("start.email-wrong") : faultWords(error));
    }
    busy.value = false;
  };

  return (
    <form class="field" noValidate onSubmit={submit}>
      <label for={id}>{t("contact.email")}</label>
      <div class="ask-row">
        <input
          ref={field}
          id={id}
          name="email"
          type="email"
          autocomplete="email"
          enterkeyhint="send"
          maxLength={254}
          required
          defaultValue={before ?? ""}
          placeholder={t("contact.example")}
          aria-invalid={fault.value !== ""}
          aria-describedby={fault.value ? `${id}-fault` : undefined}
          data-testid="contact-email"
          onInput={(event) => onWriting(event.currentTarget.value !== "")}
        />
        <button
          type="submit"
          class="send"
          disabled={busy.value}
          aria-label={t("contact.send")}
          title={t("contact.send")}
          data-testid="contact-send"
        >
          {busy.value ? <span class="spinner" /> : <Icon body={send} />}
        </button>
      </div>
      {fault.value && (
        <small id={`${id}-fault`} class="field-error" role="alert" data-testid="contact-fault">
          {fault.value}
        </small>
      )}
    </form>
  );
}
