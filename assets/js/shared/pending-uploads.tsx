import type { Files } from "./files";

/** Files on their way, for the end of the thread. */
export function PendingUploads({ files }: { files: Files }) {
  const Pending = files.attach.part.value?.Pending;
  return Pending ? <Pending /> : null;
}
