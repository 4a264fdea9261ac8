import phone from "icon:phone";
import video from "icon:video";
import { formatMoment, formatTime, Icon, t, useLayoutEffect, useRef } from "../kit";
import type { Entry } from "../rows";
import type { CallMedia } from "../types";
import { callIcon, callKind, callLength, callTitle, isMissed } from "./call-words";

export interface CallLineProps {
  entry: Entry;
  /** This side called. */
  mine: boolean;
  ownName: string | undefined;
  peerName: string;
  onCall: ((media: CallMedia) => void) | undefined;
}

/** A call that is over, on its caller's side: what became of it, how long it was, when. */
export function CallLine({ entry, mine, ownName, peerName, onCall }: CallLineProps) {
  const { call, at } = entry;
  const missed = call !== undefined && isMissed(call, mine);
  const offered = missed && onCall !== undefined;
  const sign = useRoomFor(offered);
  if (!call) return null;
  const caller = entry.author ?? peerName;
  const title = missed && caller ? t("call-log.missed-from", { name: caller }) : callTitle(call, mine);
  const said = callKind(call);
  // With whom, where it is not plain: another agent of ours, or which of theirs.
  const agent = !missed && entry.author !== ownName && entry.author;
  const busy = missed && call.reason === "busy" && t("call-log.busy");
  const facts = [title === said ? "" : said, busy, callLength(call), agent].filter(Boolean);
  return (
    <>
      <span ref={sign} class={`call-line-sign ${missed ? "missed" : ""}`}>
        <Icon body={callIcon(call, mine)} />
      </span>
      <div>
        <b>{title}</b>
        <p>
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
          <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
            {formatTime(at)}
          </time>
        </p>
      </div>
      {offered && (
        <button
          type="button"
          class="button plain call-back"
          data-testid="call-back"
          onClick={() => onCall(call.media)}
        >
          <Icon body={call.media === "video" ? video : phone} />
          {t("call-log.back")}
        </button>
      )}
    </>
  );
}

/** The button comes with who is there: what stands above the line moves up for it, not what is read below. */
function useRoomFor(offered: boolean) {
  const inside = useRef<HTMLElement>(null);
  const height = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const line = inside.current?.parentElement;
    const thread = line?.closest(".thread");
    if (!line || !thread) return;
    const grown = line.offsetHeight - (height.current ?? Infinity);
    height.current = line.offsetHeight;
    const seen = line.offsetTop < thread.scrollTop + thread.clientHeight;
    if (grown > 0 && seen) thread.scrollTop += grown;
  }, [offered]);
  return inside;
}
