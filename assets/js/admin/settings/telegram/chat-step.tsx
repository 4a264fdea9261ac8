import send from "icon:send";
import users from "icon:users";
import { useState } from "preact/hooks";
import { relative, t } from "../../../shared/i18n";
import { Icon } from "../../../shared/ui/icon";
import { isOwner } from "../../access";
import { now } from "../../store";
import { changeTelegram } from "../../telegram";
import { Confirm } from "../../ui/confirm";
import { CopyButton } from "../../ui/copy-button";
import { Notice } from "../../ui/notice";
import type { Telegram } from "../../wire";
import { Awaiting, Pinned, Step, type StepState } from "./step";
import { useAct } from "./use-act";
import { rich } from "./words";

/** Where agents are told. */
export function ChatStep({ known, step }: { known: Telegram; step: StepState }) {
  const { bot, chat, pinned } = known;
  return (
    <Step number={2} title={t(chat ? "telegram.chat.named" : "telegram.chat.title")} state={step}>
      {chat && (
        <>
          <p class="tg-fact" data-testid="telegram-chat">
            <b>{chat.title}</b> <span>{t(`telegram.chat.${chat.kind}`)}</span>
          </p>
          <p>{t(`telegram.chat.${chat.kind}.text`)}</p>
        </>
      )}
      {pinned.chat && <Pinned>{rich(t("telegram.chat.pinned"))}</Pinned>}
      {!chat && !bot && <p>{t("telegram.chat.later")}</p>}
      {!chat && bot && !isOwner.value && <p>{t("telegram.chat.none")}</p>}
      {!chat && bot && isOwner.value && <Choose known={known} username={bot.username} />}
      {step === "fault" && known.start_url && known.fault?.code === "not_started" && (
        <StartLink url={known.start_url} />
      )}
      {chat && isOwner.value && !pinned.chat && <ChooseAnew title={chat.title} />}
    </Step>
  );
}

function StartLink({ url }: { url: string }) {
  return (
    <span class="tg-way">
      <a class="button primary" href={url} target="_blank" rel="noreferrer" data-testid="telegram-start">
        <Icon body={send} />
        {t("telegram.start")}
      </a>
      <CopyButton text={url} label={t("telegram.start.copy")} />
    </span>
  );
}

/** Two ways to the chat, and what has turned up by a third. */
function Choose({ known, username }: { known: Telegram; username: string }) {
  const { start_url, group_url, candidates } = known;
  return (
    <>
      {start_url && (
        <div class="tg-choice">
          <StartLink url={start_url} />
          <p>{rich(t("telegram.start.text", { bot: `@${username}` }))}</p>
        </div>
      )}
      {group_url && (
        <div class="tg-choice">
          <span class="tg-way">
            <a
              class="button plain"
              href={group_url}
              target="_blank"
              rel="noreferrer"
              data-testid="telegram-group"
            >
              <Icon body={users} />
              {t("telegram.group")}
            </a>
          </span>
          <p>{t("telegram.group.text")}</p>
        </div>
      )}
      {candidates.length > 0 ? (
        <Candidates known={known} />
      ) : (
        <Awaiting>{t("telegram.start.awaiting")}</Awaiting>
      )}
    </>
  );
}

/** Who started the bot without the link: anybody may, so the owner says which. */
function Candidates({ known }: { known: Telegram }) {
  const [busy, fault, act] = useAct();
  return (
    <section class="tg-candidates" aria-labelledby="tg-candidates">
      <h4 id="tg-candidates">{t("telegram.candidates")}</h4>
      <p>{t("telegram.candidates.text")}</p>
      <ul>
        {known.candidates.map(({ id, title, kind, at }) => (
          <li key={id} data-testid="telegram-candidate" data-id={id}>
            <div>
              <b>{title}</b>
              <small>
                {t(kind === "private" ? "telegram.candidate.started" : "telegram.candidate.added", {
                  kind: t(`telegram.chat.${kind}`),
                  when: relative(at, Math.max(now.value, at)),
                })}
              </small>
            </div>
            <button
              class="button plain small"
              type="button"
              disabled={busy}
              aria-label={t("telegram.candidate.use-named", { name: title })}
              data-testid="telegram-candidate-use"
              onClick={() => void act(() => changeTelegram("PUT", "/chat", { id }))}
            >
              {t("telegram.candidate.use")}
            </button>
          </li>
        ))}
      </ul>
      {fault && <Notice tone="bad">{fault}</Notice>}
    </section>
  );
}

function ChooseAnew({ title }: { title: string }) {
  const [asked, setAsked] = useState(false);
  const [, fault, act] = useAct();
  return (
    <>
      <button
        class="text-button tg-aside"
        type="button"
        data-testid="telegram-chat-anew"
        onClick={() => setAsked(true)}
      >
        {t("telegram.chat.anew")}
      </button>
      {fault && <Notice tone="bad">{fault}</Notice>}
      {asked && (
        <Confirm
          title={t("telegram.chat.anew.title", { title })}
          text={t("telegram.chat.anew.text")}
          yes={t("telegram.chat.anew")}
          act={async () => {
            const done = await act(() => changeTelegram("DELETE", "/chat"));
            // What went wrong is said on the page.
            if (!done) setAsked(false);
            return done;
          }}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}
