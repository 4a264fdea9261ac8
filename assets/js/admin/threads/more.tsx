import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/i18n";
import { loadMore } from "../lists";
import { loadingMore } from "../store";

/** The end of what is loaded: fetches the next page when it comes near the view, or when pressed. */
export function More() {
  const end = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const watched = end.current;
    if (!watched) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void loadMore();
      },
      { root: watched.closest(".threads-scroll"), rootMargin: "300px" },
    );
    observer.observe(watched);
    return () => observer.disconnect();
    // Watched anew after each page: a page shorter than the view must fetch the next one.
  }, [loadingMore.value]);
  return (
    <button ref={end} class="more" type="button" onClick={() => void loadMore()}>
      {t(loadingMore.value ? "loading" : "more")}
    </button>
  );
}
