import phone from "icon:phone";
import video from "icon:video";
import { formatMoment, formatTime, Icon, t } from "../kit";
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
  if (!call) return null;
  const missed = isMissed(call, mine);
  const caller = entry.author ?? peerName;
  const title = missed && caller ? t("call-log.missed-from", { name: caller }) : callTitle(call, mine);
  const said = callKind(call);
  // With whom, where it is not plain: another agent of ours, or which of theirs.
  const agent = !missed && entry.author !== ownName && entry.author;
  const busy = missed && call.reason === "busy" && t("call-log.busy");
  const facts = [title === said ? "" : said, busy, callLength(call), agent].filter(Boolean);
  return (
    <>
      <span class={`call-line-sign ${missed ? "missed" : ""}`}>
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
      {missed && onCall && (
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
