import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "./i18n";
import { toast } from "./ui/toast";

/** Nothing else on the page would ask again. */
const RETRY_MS = 5_000;

/** A part of the page that is fetched when somebody reaches for it. */
export interface Later<T> {
  /** null until it is here. */
  readonly part: ReadonlySignal<T | null>;
  /** At once when it is here, else as soon as it came; calls keep their order. */
  use(act: (part: T) => void): void;
  /** Before it is certain to be needed: a pointer has come near. */
  preload(): void;
}

export function later<T>(load: () => Promise<T>): Later<T> {
  const part = signal<T | null>(null);
  let loading: Promise<T> | undefined;
  const fetched = () => {
    loading ??= load().then((loaded) => {
      part.value = loaded;
      return loaded;
    });
    // Offline: the next attempt tries anew.
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  return {
    part,
    use(act) {
      if (part.value) act(part.value);
      else fetched().then(act, () => toast(t("later.failed"), "bad"));
    },
    preload: () => void fetched().catch(() => undefined),
  };
}

/** What shows something of the page needs its part without anybody reaching for it. */
export function useLater<T>({ part, preload }: Later<T>): T | null {
  const loaded = part.value;
  useEffect(() => {
    if (loaded) return;
    preload();
    const timer = setInterval(preload, RETRY_MS);
    return () => clearInterval(timer);
  }, [loaded]);
  return loaded;
}
