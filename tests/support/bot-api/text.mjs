// Text as Telegram counts and takes it: UTF-16 units, which are what a JavaScript string is made of.
export const TEXT_MAX = 4096;
export const CAPTION_MAX = 1024;

const ENTITY_TYPES = new Set([
  "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline", "strikethrough",
  "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention", "custom_emoji",
]);
const ENTITY_FIELDS = new Set(["type", "offset", "length", "url", "user", "language", "custom_emoji_id"]);

/** What Telegram shows as nothing (TDLib, `strip_empty_characters`). */
const EMPTY = /[\s\u1680\u180e\u2000-\u200f\u202a-\u202f\u205f-\u2064\u2800\u3000\ufeff\ufffc]/gu;
export const isEmpty = (text) => text.replace(EMPTY, "") === "";

const splitsPair = (text, at) => /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));

/** What is wrong with these entities of this text; nothing when they are as documented. */
export function entityFaults(text, entities) {
  const faults = [];
  for (const entity of entities) {
    const { type, offset, length } = entity;
    const say = (what) => faults.push(`entity ${JSON.stringify(entity)}: ${what}`);
    for (const field of Object.keys(entity)) if (!ENTITY_FIELDS.has(field)) say(`unknown field ${field}`);
    if (!ENTITY_TYPES.has(type)) say("unknown type");
    if (!Number.isInteger(offset) || !Number.isInteger(length)) {
      say("offset and length are integers");
      continue;
    }
    if (offset < 0 || length < 1 || offset + length > text.length) say(`not inside a text of ${text.length} units`);
    else if (splitsPair(text, offset) || splitsPair(text, offset + length)) say("splits a character");
    if (type === "text_link" && typeof entity.url !== "string") say("a link without an address");
  }
  return faults;
}

/** What Telegram shows of entities: a link to where nobody else could go becomes plain text, without a word (TDLib). */
export const shownEntities = (entities) => entities.filter((e) => e.type !== "text_link" || buttonHost(e.url));

/**
 * The host of an address that Telegram takes for a button; nothing when it refuses it. It wants a name with a dot, or an
 * address that is not the machine's own.
 */
export function buttonHost(url) {
  if (/^tg:\/\//.test(url ?? "")) return "tg";
  let address;
  try {
    address = new URL(url);
  } catch {
    return undefined;
  }
  if (!["http:", "https:"].includes(address.protocol)) return undefined;
  const host = address.hostname;
  if (/^127\.|^0\.|^\[/.test(host) || host === "localhost" || host.endsWith(".localhost") || !host.includes(".")) return undefined;
  return host;
}
