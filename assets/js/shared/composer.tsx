import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export interface ComposerHandle {
  focus(): void;
  /** Puts text in at the caret. */
  insert(text: string): void;
}

export interface ComposerProps {
  placeholder: string;
  onSend: (text: string) => void;
  onTyping?: (on: boolean) => void;
  /** Keeps an unfinished text under this name. Changing it changes the text. */
  draftKey: string;
  /** The text itself, for pages that read or replace it (canned replies). */
  text?: Signal<string>;
  disabled?: boolean;
  autoFocus?: boolean;
  /** Above the field: the list of canned replies, previews. */
  above?: ComponentChildren;
  /** Buttons between field and send button. */
  actions?: ComponentChildren;
  /** Sees keys first; true means handled. */
  onKey?: (event: KeyboardEvent) => boolean;
  handle?: { current: ComposerHandle | null };
}

export function Composer(_props: ComposerProps) {
  return <form class="composer" />;
}
