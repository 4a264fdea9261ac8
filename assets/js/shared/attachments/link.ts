import type { Conversation } from "../conversation";
import type { Upload } from "../types";

/** The file may have come back under a new link, be deleted, or just not come. */
export type Fate = Upload | "gone" | "broken";

/** A server whose new links are refused, too, is not asked without end. */
const AGAIN_MS = 60_000;
const renewedAt = new Map<string, number>();

export function isExpired(url: string): boolean {
  const until = Number(new URL(url, location.href).searchParams.get("exp"));
  return until > 0 && until < Date.now();
}

/** Why a file did not come. If only its link is old, the conversation gets new ones. */
export async function fateOf(conversation: Conversation, id: number | undefined, url: string): Promise<Fate> {
  // Not by this device's clock: it may be wrong.
  const status = await statusOf(url);
  if (status === 404) return "gone";
  if (id === undefined || (status !== 403 && status !== 410)) return "broken";
  return renewed(conversation, id, url);
}

async function statusOf(url: string): Promise<number> {
  try {
    return (await fetch(url, { method: "HEAD" })).status;
  } catch {
    return 0;
  }
}

/** One question at a time: its answer holds the messages before, too, whose links are as old. */
let line: Promise<unknown> = Promise.resolve();

function renewed(conversation: Conversation, id: number, url: string): Promise<Fate> {
  const turn = line.then(() => renew(conversation, id, url));
  line = turn;
  return turn;
}

async function renew(conversation: Conversation, id: number, url: string): Promise<Fate> {
  const known = conversation.messages.peek().find((message) => message.id === id)?.upload;
  if (known && !isOf(known, url)) return known;
  if (known && Date.now() - (renewedAt.get(known.id) ?? 0) < AGAIN_MS) return "broken";
  const message = await conversation.refresh(id);
  if (message === undefined) return "broken";
  const upload = message?.upload;
  if (!upload) return "gone";
  renewedAt.set(upload.id, Date.now());
  return isOf(upload, url) ? "broken" : upload;
}

const isOf = (upload: Upload, url: string): boolean => url === upload.url || url === upload.thumb_url;
