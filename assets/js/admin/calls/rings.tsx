import phone from "icon:phone";
import phoneOff from "icon:phone-off";
import video from "icon:video";
import { useEffect, useRef } from "preact/hooks";
import type { Ring } from "../../shared/call/types";
import { t } from "../../shared/i18n";
import type { CallMedia } from "../../shared/types";
import { Avatar } from "../../shared/ui/avatar";
import { Icon } from "../../shared/ui/icon";
import { loadThread } from "../lists";
import { readablePath, webAddress } from "../rules/page";
import { book } from "../store";
import { accept, callsAllowed, decline, rings } from "./hook";
import { useRingFocus } from "./ring-focus";

/** Who is calling, over whatever is on the page. */
export function Rings() {
  const card = useRef<HTMLDialogElement>(null);
  const ringing = rings.value;
  useRingFocus(card, ringing);
  const title = t("ring.title", { count: ringing.length });
  return (
    <>
      <div class="visually-hidden" role="status">
        {ringing.map((ring) => (
          <p key={ring.call_id}>{t(`ring.said.${ring.media}`, { name: ring.from })}</p>
        ))}
      </div>
      {ringing.length > 0 && (
        <dialog
          class="rings"
          ref={card}
          tabIndex={-1}
          aria-label={title}
          data-testid="rings"
          onCancel={(event) => event.preventDefault()}
        >
          {ringing.length > 1 && <h2>{title}</h2>}
          {ringing.map((ring) => (
            <RingCard key={ring.call_id} ring={ring} />
          ))}
        </dialog>
      )}
    </>
  );
}

function RingCard({ ring }: { ring: Ring }) {
  const { from, room, media, call_id } = ring;
  const thread = book.value.threads[room];
  const page = pageOf(thread?.page_url);
  // Its thread may be far down in the list.
  useEffect(() => {
    if (!thread) void loadThread(room);
  }, [room]);
  const withVideo = media === "video" && callsAllowed.value === "video";
  return (
    <article class="ring" data-testid="ring" data-call={call_id} data-room={room} aria-label={from}>
      <div class="ring-who">
        <span class="ring-avatar">
          <Avatar name={from} />
        </span>
        <div>
          <b>{from}</b>
          <p>{t(`ring.${media}`)}</p>
          {page && (
            <p class="ring-page" title={page}>
              {page}
            </p>
          )}
        </div>
      </div>
      <div class="ring-acts">
        <button
          type="button"
          class="button ring-no"
          aria-label={t("ring.decline-from", { name: from })}
          data-testid="ring-decline"
          onClick={() => decline(ring)}
        >
          <Icon body={phoneOff} />
          {t("ring.decline")}
        </button>
        {withVideo ? (
          <>
            <Accept ring={ring} media="audio" words="accept-audio" quiet />
            <Accept ring={ring} media="video" words="accept-video" />
          </>
        ) : (
          <Accept ring={ring} media="audio" words="accept" />
        )}
      </div>
    </article>
  );
}

interface AcceptProps {
  ring: Ring;
  media: CallMedia;
  words: "accept" | "accept-audio" | "accept-video";
  quiet?: boolean;
}

function Accept({ ring, media, words, quiet = false }: AcceptProps) {
  return (
    <button
      type="button"
      class={`button ring-yes ${quiet ? "quiet" : ""}`}
      aria-label={t(`ring.${words}-from`, { name: ring.from })}
      data-testid={`ring-accept-${media}`}
      onClick={() => accept(ring, media)}
    >
      <Icon body={media === "video" ? video : phone} />
      {t(`ring.${words}`)}
    </button>
  );
}

/** The path is what tells pages of one site apart. */
function pageOf(url: string | undefined): string | null {
  const address = url === undefined ? null : webAddress(url);
  if (!address) return null;
  return address.pathname === "/" ? address.host : address.host + readablePath(address);
}
