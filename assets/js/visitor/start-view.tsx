import arrow from "icon:arrow-right";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ApiError } from "../shared/api";
import { locale, t } from "../shared/i18n";
import { Avatar } from "../shared/ui/avatar";
import { Icon } from "../shared/ui/icon";
import { faultWords } from "./fault-words";
import { LanguageSwitch } from "./language-switch";
import { PresenceText } from "./presence-text";
import { chatGone, info, infoFailed, introduce, loadInfo, presence } from "./store";

/** The first visit: who answers, when, and the one question. */
export function StartView() {
  const about = info.value;
  return (
    <div class="start">
      <header class="start-top">
        <LanguageSwitch />
      </header>
      <main class="start-card">
        {about ? (
          <>
            <Avatar name={about.business_name} here={presence.value?.state === "here"} size="l" />
            <h1>{about.business_name}</h1>
            <PresenceText />
            <p class="greeting">{about.greeting[locale.value] || t("start.greeting")}</p>
            {about.pocket && presence.value?.state !== "here" && <p class="away-note">{t("intro.pocket")}</p>}
            {chatGone.value && <p class="notice">{t("start.gone")}</p>}
            <StartForm />
          </>
        ) : infoFailed.value ? (
          <Unreachable />
        ) : (
          <StartSkeleton />
        )}
      </main>
    </div>
  );
}

function StartForm() {
  const busy = useSignal(false);
  const fault = useSignal<{ field: "name" | "email" | "all"; text: string } | null>(null);
  const name = useRef<HTMLInputElement>(null);
  const email = useRef<HTMLInputElement>(null);

  const refuse = (field: "name" | "email" | "all", text: string) => {
    fault.value = { field, text };
    if (field === "name") name.current?.focus();
    if (field === "email") email.current?.focus();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.value) return;
    fault.value = null;
    const who = name.current?.value.trim() ?? "";
    if (!who) return refuse("name", t("start.name-missing"));
    if (!email.current?.validity.valid) return refuse("email", t("start.email-wrong"));
    busy.value = true;
    try {
      await introduce(who, email.current.value.trim(), locale.value);
    } catch (error) {
      busy.value = false;
      const field = error instanceof ApiError && error.body.field;
      if (field === "email") refuse("email", t("start.email-wrong"));
      else if (field === "name") refuse("name", t("start.name-wrong"));
      else refuse("all", faultWords(error));
    }
  };

  const { field, text } = fault.value ?? {};
  const fieldFault = (
    <small id="start-fault" class="field-error" role="alert">
      {text}
    </small>
  );
  return (
    <form class="start-form" data-testid="start-form" noValidate onSubmit={submit}>
      <label class="field">
        <span>{t("start.name")}</span>
        <input
          ref={name}
          name="name"
          autocomplete="name"
          maxLength={80}
          required
          aria-invalid={field === "name"}
          aria-describedby={field === "name" ? "start-fault" : undefined}
          data-testid="start-name"
        />
        {field === "name" && fieldFault}
      </label>
      <label class="field">
        <span>
          {t("start.email")} <small>{t("start.optional")}</small>
        </span>
        <input
          ref={email}
          name="email"
          type="email"
          autocomplete="email"
          maxLength={254}
          placeholder={t("start.email-why")}
          aria-invalid={field === "email"}
          aria-describedby={field === "email" ? "start-fault" : undefined}
          data-testid="start-email"
        />
        {field === "email" && fieldFault}
      </label>
      {field === "all" && fieldFault}
      <button type="submit" class="button primary" disabled={busy.value} data-testid="start-submit">
        {busy.value ? t("start.busy") : presence.value?.state === "here" ? t("start.go") : t("start.leave")}
        {!busy.value && <Icon body={arrow} />}
      </button>
    </form>
  );
}

function Unreachable() {
  return (
    <div class="unreachable">
      <h1>{t("start.unreachable")}</h1>
      <p>{t("start.unreachable-more")}</p>
      <button type="button" class="button plain" onClick={() => void loadInfo()}>
        {t("state.retry")}
      </button>
    </div>
  );
}

function StartSkeleton() {
  return (
    <div class="start-skeleton" role="status" aria-label={t("loading")}>
      <h1 class="visually-hidden">{t("chat")}</h1>
      <i />
      <span />
      <span />
      <b />
      <b />
    </div>
  );
}
