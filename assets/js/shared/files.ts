import type { FilesPart } from "./attach/part";
import type { ComposerHandle } from "./composer";
import { type Later, later } from "./later";
import type { Outbox } from "./outbox";
import type { Info } from "./types";
import type { VoicePart } from "./voice/part";

export interface FilesOptions {
  outbox: Outbox;
  /** What the owner allows; undefined while that is not known. Follows a signal. */
  limits: () => Info["uploads"] | undefined;
  /** Headers that an upload is allowed by. `again`: the ones given last were refused. */
  authorise: (again: boolean) => Promise<Record<string, string>>;
  /** An upload was refused: some codes concern the whole page. */
  onRefused?: (code: string) => void;
}

/** Files and voice notes on their way to one room. What does the work comes when it is first needed. */
export interface Files extends FilesOptions {
  readonly attach: Later<FilesPart>;
  readonly voice: Later<VoicePart>;
  /** The field they are sent from, while it is on the page. */
  readonly composer: { current: ComposerHandle | null };
  close(): void;
}

export function openFiles(options: FilesOptions): Files {
  const files: Files = {
    ...options,
    attach: later(async () => (await import("./attach/part")).openAttach(files)),
    voice: later(async () => (await import("./voice/part")).openVoice(files)),
    composer: { current: null },
    close() {
      files.voice.part.peek()?.close();
      files.attach.part.peek()?.close();
    },
  };
  return files;
}
