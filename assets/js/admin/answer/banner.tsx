import phone from "icon:phone";
import video from "icon:video";
import close from "icon:x";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { CallMedia, Thread } from "../../shared/types";
import { Icon } from "../../shared/ui/icon";
import { IconButton } from "../../shared/ui/icon-button";
import { canOffer, pressCall } from "../calls/buttons";
import { calls, callsAllowed, preloadCalls, whyNot } from "../calls/hook";
import { connection } from "../live";
import { problemText } from "../problem";
import { openRoom } from "../route";
import { book } from "../store";
import { type Asked, answer, putAway } from "./link";
import { RetryLink } from "./notice";

/** A call that is still there rings within this, once the page is connected. */
const RINGS_WITHIN_MS = 3_000;

/** What became of the link that led here, above the desk. */
export function AnswerBanner() {
  const at = answer.value;
  return (
    // The region is there beforehand: screen readers miss one that comes with its words.
    <div class="answer-place" role="status">
      {at.state === "open" && <Open key={at.asked.room} asked={at.asked} />}
      {at.state === "opening" && <Banner words={t("answer.opening")} />}
      {at.state === "expired" && <Banner words={t("answer.expired")} testId="answer-expired" />}
      {at.state === "failed" && (
        <Banner words={`${t("answer.failed")} ${problemText(at.error)}`} testId="answer-failed">
          <RetryLink error={at.error} />
        </Banner>
      )}
    </div>
  );
}

function Open({ asked }: { asked: Asked }) {
  const { room, name, call_id } = asked;
  const thread = book.value.threads[room];
  const rings = calls.value?.rings.value.some((ring) => ring.call_id === call_id) ?? false;
  const talking = calls.value?.busy.value ?? false;
  const elsewhere = openRoom.value !== room;
  const online = connection.value.state === "online";
  const [over, setOver] = useState(call_id === undefined);
  const wasTalking = useRef(talking);

  useEffect(preloadCalls, []);
  useEffect(() => {
    // The card of the call says all from here on, and then its line in the thread.
    if (rings || elsewhere || (talking && !wasTalking.current)) putAway();
    wasTalking.current = talking;
  }, [rings, elsewhere, talking]);
  useEffect(() => {
    if (!online || over) return;
    const timer = setTimeout(() => setOver(true), RINGS_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [online, over]);

  if (!over) return <Banner words={t("answer.connecting", { name })} />;
  // Of a link without a call there is nothing to say but what can be done now.
  const became = (now: string | null) =>
    call_id === undefined ? (now ?? t("answer.call", { name })) : joined(t("answer.over", { name }), now);
  if (callsAllowed.value === "off") return <Banner words={became(t("answer.no-calls"))} />;
  return (
    <Banner words={became(thread ? whyNot(thread) : null)}>
      {thread && (
        <span class="answer-calls">
          <Call media="audio" thread={thread} focused />
          {canOffer("video") && <Call media="video" thread={thread} />}
        </span>
      )}
    </Banner>
  );
}

function Call({ media, thread, focused = false }: { media: CallMedia; thread: Thread; focused?: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  // Who came to call can do so at once; who is in the middle of something stays there.
  useEffect(() => {
    const idle = !document.activeElement || document.activeElement === document.body;
    if (focused && idle) button.current?.focus({ preventScroll: true });
  }, []);
  const reason = whyNot(thread);
  const label = `${t(`call-button.${media}`)}: ${thread.name}`;
  return (
    <button
      ref={button}
      class={`button small ${media === "audio" ? "primary" : "plain"}`}
      type="button"
      aria-disabled={reason !== null}
      aria-label={reason ? `${label}. ${reason}` : label}
      data-testid={media === "audio" ? "answer-call" : "answer-call-video"}
      onClick={() => pressCall(media, thread)}
    >
      <Icon body={media === "audio" ? phone : video} />
      {t(`call-button.${media}`)}
    </button>
  );
}

interface BannerProps {
  words: string;
  testId?: string;
  children?: ComponentChildren;
}

function Banner({ words, testId = "answer-banner", children }: BannerProps) {
  return (
    <section class="answer" aria-label={t("answer")} data-testid={testId}>
      <p>{words}</p>
      {children}
      <IconButton icon={close} label={t("answer.close")} data-testid="answer-close" onClick={putAway} />
    </section>
  );
}

const joined = (first: string, second: string | null): string => (second ? `${first} ${second}` : first);
