import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** What was changed but not saved, of something that is saved as a whole. */
export interface Draft<T = unknown> {
  readonly edited: ReadonlySignal<T | null>;
  readonly dirty: ReadonlySignal<boolean>;
  readonly saving: ReadonlySignal<boolean>;
  /** Why it was not saved, in words. */
  readonly fault: ReadonlySignal<string | null>;
  edit(change: Partial<T>): void;
  discard(): void;
  save(): Promise<boolean>;
}

interface Source<T> {
  stored: ReadonlySignal<T | null>;
  /** What is saved of what was typed. */
  tidy?: (wanted: T) => T;
  /** What keeps it from being saved, in words. */
  faultOf: (wanted: T) => string | null;
  put: (wanted: T) => Promise<void>;
  refusalText: (error: unknown) => string;
}

const all = signal<readonly Draft[]>([]);
/** It outlives the view, a lost connection and a new sign-in, not the page. */
export const unsaved = computed(() => all.value.filter((draft) => draft.dirty.value));
export const discardAll = (): void => {
  for (const draft of all.peek()) draft.discard();
};

export function newDraft<T extends object>({
  stored,
  tidy = (wanted) => wanted,
  faultOf,
  put,
  refusalText,
}: Source<T>): Draft<T> {
  const changed = signal<T | null>(null);
  const saving = signal(false);
  const fault = signal<string | null>(null);
  const edited = computed(() => changed.value ?? stored.value);
  const dirty = computed(
    () =>
      changed.value !== null &&
      stored.value !== null &&
      JSON.stringify(changed.value) !== JSON.stringify(stored.value),
  );
  const draft: Draft<T> = {
    edited,
    dirty,
    saving,
    fault,
    edit(change) {
      if (!edited.peek()) return;
      changed.value = { ...(edited.peek() as T), ...change };
      fault.value = null;
    },
    discard() {
      changed.value = null;
      fault.value = null;
    },
    async save() {
      if (!changed.value) return false;
      const wanted = tidy(changed.value);
      fault.value = faultOf(wanted);
      if (fault.value) return false;
      saving.value = true;
      try {
        await put(wanted);
        changed.value = null;
        return true;
      } catch (error) {
        fault.value = refusalText(error);
        return false;
      } finally {
        saving.value = false;
      }
    },
  };
  all.value = [...all.peek(), draft];
  return draft;
}

addEventListener("beforeunload", (event) => {
  if (unsaved.value.length > 0) event.preventDefault();
});
