import previous from "icon:chevron-left";
import next from "icon:chevron-right";
import arrow from "icon:download";
import close from "icon:x";
import zoomIn from "icon:zoom-in";
import zoomOut from "icon:zoom-out";
import type { Conversation } from "../conversation";
import {
  formatMoment,
  Icon,
  IconButton,
  render,
  t,
  useComputed,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "../kit";
import type { Message, Upload } from "../types";
import { download } from "./download";
import { ViewerPicture } from "./viewer-picture";
import { openZoom, type Zoom } from "./zoom";

type Shot = Message & { upload: Upload };

const ZOOM_STEP = 1.4;

/** Shows a thread's pictures over the whole page, beginning with one; then the focus is back where it was. */
export function openViewer(
  conversation: Conversation,
  id: number,
  peerName: string,
  opener: HTMLElement,
): void {
  const place = document.createElement("div");
  document.body.append(place);
  const onClose = () => {
    render(null, place);
    place.remove();
    opener.focus();
  };
  render(<Viewer conversation={conversation} first={id} peerName={peerName} onClose={onClose} />, place);
}

interface Props {
  conversation: Conversation;
  first: number;
  peerName: string;
  onClose: () => void;
}

function Viewer({ conversation, first, peerName, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const zoom = useRef<Zoom | null>(null);
  const [id, setId] = useState(first);
  const [zoomed, setZoomed] = useState(false);
  const shots = useComputed(() => conversation.messages.value.filter(isShot)).value;
  const at = shots.findIndex((shot) => shot.id === id);
  const shot = shots[at];

  const step = useRef((_by: number) => {});
  step.current = (by) => {
    const to = shots[at + by];
    if (to) setId(to.id);
  };

  useLayoutEffect(() => {
    dialog.current?.showModal();
    if (!stage.current) return;
    zoom.current = openZoom({
      stage: stage.current,
      picture: () => stage.current?.querySelector(".viewer-picture") ?? null,
      onSwipe: (direction) => step.current(direction),
      onDismiss: () => dialog.current?.close(),
      onZoom: setZoomed,
    });
    return () => zoom.current?.stop();
  }, []);

  useLayoutEffect(() => {
    zoom.current?.reset();
    // Before the first of those that are here, others may be.
    if (at < 1) void conversation.loadOlder();
    for (const neighbour of [shots[at + 1], shots[at - 1]])
      if (neighbour) new Image().src = neighbour.upload.url;
  }, [id]);

  // The person or the message was erased while it was open.
  useEffect(() => {
    if (!shot) dialog.current?.close();
  }, [shot]);

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowRight") step.current(1);
    else if (event.key === "ArrowLeft") step.current(-1);
    else if (event.key === "+" || event.key === "=") zoom.current?.by(ZOOM_STEP);
    else if (event.key === "-") zoom.current?.by(1 / ZOOM_STEP);
    else if (event.key === "0") zoom.current?.reset();
    else if (event.key !== "Escape") return;
    // The panel's own keys lie below.
    event.stopPropagation();
    if (event.key !== "Escape") event.preventDefault();
  }

  return (
    <dialog
      ref={dialog}
      class="viewer"
      aria-label={t("viewer")}
      data-testid="viewer"
      data-id={id}
      onClose={onClose}
      onKeyDown={onKey}
    >
      {shot && (
        <>
          <header>
            <div class="viewer-who">
              <b>
                <bdi>{shot.author ?? (shot.from === conversation.me ? t("reply.you") : peerName)}</bdi>
              </b>
              <small>
                {formatMoment(shot.at)}
                {/* A phone has room for one of them; the name is said with the picture. */}
                <span class="viewer-name">
                  {" · "}
                  <bdi>{shot.upload.name}</bdi>
                </span>
              </small>
            </div>
            {shots.length > 1 && (
              <span class="viewer-count" aria-hidden="true">
                {t("viewer.count", { at: at + 1, of: shots.length })}
              </span>
            )}
            <IconButton
              icon={zoomed ? zoomOut : zoomIn}
              label={t(zoomed ? "viewer.zoom-out" : "viewer.zoom-in")}
              data-testid="viewer-zoom"
              onClick={() => zoom.current?.toggle()}
            />
            <a
              class="icon-button"
              href={shot.upload.url}
              download={shot.upload.name}
              aria-label={t("file.download")}
              title={t("file.download")}
              data-testid="viewer-download"
              onClick={(event) => void download(event, conversation, shot.id, shot.upload)}
            >
              <Icon body={arrow} />
            </a>
            <IconButton
              icon={close}
              label={t("close")}
              autofocus
              data-testid="viewer-close"
              onClick={() => dialog.current?.close()}
            />
          </header>
          {/* A click must leave the focus in here, where the keys work. */}
          <div class="viewer-stage" ref={stage} tabIndex={-1}>
            <ViewerPicture
              key={shot.id}
              shot={shot}
              conversation={conversation}
              alt={t("picture.from", {
                name: shot.author ?? (shot.from === conversation.me ? t("reply.you") : peerName),
                file: shot.upload.name,
              })}
            />
          </div>
          {shots.length > 1 && (
            <>
              {/* At an end it stays: the focus would go with it, and with the focus the keys. */}
              <IconButton
                class="viewer-step previous"
                icon={previous}
                label={t("viewer.previous")}
                aria-disabled={at === 0}
                data-testid="viewer-prev"
                onClick={() => step.current(-1)}
              />
              <IconButton
                class="viewer-step next"
                icon={next}
                label={t("viewer.next")}
                aria-disabled={at === shots.length - 1}
                data-testid="viewer-next"
                onClick={() => step.current(1)}
              />
            </>
          )}
          {shot.text && !zoomed && (
            <p class="viewer-caption" dir="auto">
              {shot.text}
            </p>
          )}
          <p class="visually-hidden" role="status">
            {t("viewer.at", { at: at + 1, of: shots.length, file: shot.upload.name })}
          </p>
        </>
      )}
    </dialog>
  );
}

const isShot = (message: Message): message is Shot =>
  message.kind === "image" && message.upload !== undefined;
