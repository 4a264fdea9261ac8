import close from "icon:x";
import { useEffect } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Avatar } from "../../shared/ui/avatar";
import { IconButton } from "../../shared/ui/icon-button";
import { goBack, route } from "../route";
import { book } from "../store";
import { RatingFace, ratingWords } from "../ui/rating";
import { Facts } from "./facts";
import { Farewell } from "./farewell";
import { Note } from "./note";
import { Person } from "./person";
import { Tags } from "./tags";

/** Who the agent is talking to. Beside the conversation where there is room, over it where there is not. */
export function VisitorPane({ room }: { room: string }) {
  const thread = book.value.threads[room];
  const at = route.value;
  const asked = at.view === "conversation" && at.visitor;
  useEffect(() => {
    if (asked) document.querySelector<HTMLElement>("[data-testid=visitor-close]")?.focus();
  }, [asked]);
  if (!thread) return null;
  return (
    <aside class="pane visitor" aria-labelledby="visitor-title" data-testid="visitor-pane">
      <header class="bar">
        <div class="bar-text">
          <h2 id="visitor-title">{t("visitor")}</h2>
        </div>
        <IconButton
          class="hide-visitor"
          icon={close}
          label={t("visitor.hide")}
          data-testid="visitor-close"
          onClick={() => goBack({ view: "conversation", room, visitor: false })}
        />
      </header>
      <div class="visitor-scroll">
        <div class="visitor-head">
          <Avatar name={thread.name} here={thread.visitor_online || undefined} size="l" />
          <Person key={room} thread={thread} />
          {thread.rating && (
            <p class="rated" data-testid="thread-rating" data-rating={thread.rating}>
              <RatingFace rating={thread.rating} />
              {ratingWords(thread.rating)}
            </p>
          )}
        </div>
        <Facts thread={thread} />
        <Tags thread={thread} />
        <Note key={room} thread={thread} />
        <Farewell thread={thread} />
      </div>
    </aside>
  );
}
