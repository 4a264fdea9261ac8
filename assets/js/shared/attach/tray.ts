import type { Files } from "../files";
import { type ReadonlySignal, type Signal, signal } from "../kit";
import { groupOf, kindOf } from "./kinds";
import type { Refusal } from "./post";
import { type Prepared, prepare } from "./prepare";
import type { Parcel, Preview } from "./queue";

/** More at once is a slip of the hand or a job for an archive. */
export const MOST_AT_ONCE = 20;

/** A file chosen but not sent. */
export interface Chosen {
  key: string;
  parcel: Parcel;
  /** When it is a picture that can be shown. */
  readonly preview: Signal<Preview | null>;
  /** Seen before sending: it would be refused. */
  readonly fault: Signal<Refusal | null>;
}

export interface Tray {
  readonly items: ReadonlySignal<readonly Chosen[]>;
  add(files: readonly File[]): Chosen[];
  remove(item: Chosen): void;
  /** Empties it; answers what can be sent. */
  take(): Parcel[];
}

let lastKey = 0;
/** One after the other: two large photos decoded at once are too much for a phone. */
let preparing: Promise<unknown> = Promise.resolve();

export function openTray(files: Files): Tray {
  const items = signal<readonly Chosen[]>([]);

  function choose(file: File): Chosen {
    const preview = signal<Preview | null>(null);
    const fault = signal<Refusal | null>(null);
    const ready = preparing.then(() => prepare(file));
    preparing = ready.catch(() => undefined);
    const parcel: Parcel = {
      name: file.name,
      kind: kindOf(file),
      size: file.size,
      ready: ready.then((prepared) =>
        typeof prepared === "string" ? { blob: file, name: file.name } : prepared,
      ),
    };
    const item: Chosen = { key: `chosen-${++lastKey}`, parcel, preview, fault };
    fault.value = typeFault(file) ?? (parcel.kind === "image" ? null : sizeFault(file.size));
    void ready.then((prepared) => {
      if (typeof prepared === "string") fault.value = { code: prepared, passing: false };
      else learn(item, prepared);
    });
    return item;
  }

  /** A picture is weighed when it has its final size. */
  function learn(
    { parcel, preview, fault }: Chosen,
    { blob, name, width, height, unreadable }: Prepared,
  ): void {
    parcel.name = name;
    parcel.size = blob.size;
    if (width && height) parcel.preview = { url: URL.createObjectURL(blob), width, height };
    preview.value = parcel.preview ?? null;
    fault.value ??= sizeFault(blob.size);
    // To the server it is a file of no known kind.
    if (unreadable && !files.limits()?.types.includes("other"))
      fault.value ??= { code: "picture_format", passing: false };
  }

  function sizeFault(size: number): Refusal | null {
    const most = files.limits()?.max_bytes;
    return most && size > most ? { code: "payload_too_large", maxBytes: most, passing: false } : null;
  }

  function typeFault(file: File): Refusal | null {
    const group = groupOf(file);
    const types = files.limits()?.types;
    return group && types && !types.includes(group) ? { code: "file_type", passing: false } : null;
  }

  return {
    items,
    add(added) {
      const chosen = added.slice(0, MOST_AT_ONCE - items.value.length).map(choose);
      items.value = [...items.value, ...chosen];
      return chosen;
    },
    remove(item) {
      items.value = items.value.filter((one) => one !== item);
      if (item.preview.value) URL.revokeObjectURL(item.preview.value.url);
    },
    take() {
      const parcels = items.value.filter(({ fault }) => !fault.value).map(({ parcel }) => parcel);
      // What cannot be sent stays, with the reason: nobody shall believe it went along.
      items.value = items.value.filter(({ fault }) => fault.value);
      return parcels;
    },
  };
}
