// The documented parameters of each method (core.telegram.org/bots/api, 9.x): what is required, of which type, how long.
import { CAPTION_MAX, TEXT_MAX } from "./text.mjs";

const integer = (min = -Infinity, max = Infinity) => (v) => Number.isSafeInteger(v) && v >= min && v <= max;
const string = (min = 0, max = Infinity) => (v) => typeof v === "string" && v.length >= min && v.length <= max;
const boolean = (v) => typeof v === "boolean";
const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const list = (of, min = 0, max = Infinity) => (v) => Array.isArray(v) && v.length >= min && v.length <= max && v.every(of);
const any = (...checks) => (v) => checks.some((check) => check(v));
/** An object with these fields and no other; `!` after a name: required. */
const object = (fields) => (v) => {
  if (!isObject(v)) return false;
  const names = Object.keys(fields).map((name) => name.replace("!", ""));
  return Object.keys(v).every((name) => names.includes(name)) &&
    Object.entries(fields).every(([name, check]) => (name.replace("!", "") in v ? check(v[name.replace("!", "")]) : !name.endsWith("!")));
};

const bytes = (min, max) => (v) => typeof v === "string" && Buffer.byteLength(v) >= min && Buffer.byteLength(v) <= max;

const BUTTON_KINDS = {
  url: string(1),
  callback_data: bytes(1, 64),
  web_app: object({ "url!": string(1) }),
  login_url: isObject,
  switch_inline_query: string(),
  switch_inline_query_current_chat: string(),
  copy_text: object({ "text!": string(1, 256) }),
  pay: boolean,
};
/** A text and exactly one thing that it does. */
const button = (v) =>
  object({ "text!": string(1), style: string(), icon_custom_emoji_id: string(), ...BUTTON_KINDS })(v) &&
  Object.keys(v).filter((name) => name in BUTTON_KINDS).length === 1;

const chatId = any(integer(), (v) => typeof v === "string" && /^@\w{4,}$/.test(v));
const inlineKeyboard = object({ "inline_keyboard!": list(list(button, 1, 8), 0, 100) });
const entities = list(isObject, 0, 100);
const UPDATE_KINDS = [
  "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message", "edited_business_message",
  "deleted_business_messages", "message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query",
  "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member",
  "chat_join_request", "chat_boost", "removed_chat_boost",
];

/** Of every method that sends a message. */
const SENDS = {
  "chat_id!": chatId,
  message_thread_id: integer(1),
  disable_notification: boolean,
  protect_content: boolean,
  allow_paid_broadcast: boolean,
  message_effect_id: string(1),
  reply_parameters: object({
    "message_id!": integer(1),
    chat_id: chatId,
    allow_sending_without_reply: boolean,
    quote: string(0, 1024),
    quote_entities: entities,
    quote_position: integer(0),
  }),
  reply_markup: inlineKeyboard,
};
const CAPTIONED = { caption: string(0, CAPTION_MAX), caption_entities: entities };
const SECONDS = { duration: integer(0) };
const TITLED = { performer: string(), title: string() };
const PIXELS = { width: integer(1), height: integer(1) };
const SHOWN = { show_caption_above_media: boolean, has_spoiler: boolean };
const FILE = Symbol("a file");

export const METHODS = {
  getMe: {},
  deleteWebhook: { drop_pending_updates: boolean },
  getUpdates: { offset: integer(), limit: integer(1, 100), timeout: integer(0, 50), allowed_updates: list((v) => UPDATE_KINDS.includes(v)) },
  getChat: { "chat_id!": chatId },
  getChatMember: { "chat_id!": chatId, "user_id!": integer(1) },
  setMyCommands: {
    "commands!": list(object({ "command!": (v) => /^[a-z0-9_]{1,32}$/.test(v), "description!": string(1, 256) }), 0, 100),
    scope: isObject,
    language_code: (v) => /^([a-z]{2})?$/.test(v),
  },
  sendMessage: {
    ...SENDS,
    "text!": string(1, TEXT_MAX),
    entities,
    link_preview_options: object({ is_disabled: boolean, url: string(), prefer_small_media: boolean, prefer_large_media: boolean, show_above_text: boolean }),
  },
  sendPhoto: { ...SENDS, "photo!": FILE, ...CAPTIONED, ...SHOWN },
  sendAnimation: { ...SENDS, "animation!": FILE, ...CAPTIONED, ...SHOWN, ...SECONDS, ...PIXELS },
  sendVoice: { ...SENDS, "voice!": FILE, ...CAPTIONED, ...SECONDS },
  sendAudio: { ...SENDS, "audio!": FILE, ...CAPTIONED, ...SECONDS, ...TITLED },
  sendDocument: { ...SENDS, "document!": FILE, ...CAPTIONED, disable_content_type_detection: boolean },
  createForumTopic: { "chat_id!": chatId, "name!": string(1, 128), icon_color: integer(0, 0xffffff), icon_custom_emoji_id: string(1) },
  reopenForumTopic: { "chat_id!": chatId, "message_thread_id!": integer(1) },
  closeForumTopic: { "chat_id!": chatId, "message_thread_id!": integer(1) },
  getFile: { "file_id!": string(1) },
  answerCallbackQuery: { "callback_query_id!": string(1), text: string(0, 200), show_alert: boolean, url: string(), cache_time: integer(0) },
  editMessageReplyMarkup: { "chat_id!": chatId, "message_id!": integer(1), reply_markup: inlineKeyboard },
};

/** The parameter that has the file, for methods that send one. */
export const fileOf = (method) => Object.keys(METHODS[method]).find((name) => METHODS[method][name] === FILE)?.replace("!", "");

/** What in these parameters is not as documented, as `[{parameter, what}]`. `files` holds the parts of a form that are files. */
export function schemaFaults(method, params, files) {
  const schema = METHODS[method];
  const faults = [];
  for (const [key, check] of Object.entries(schema)) {
    const parameter = key.replace("!", "");
    const say = (what) => faults.push({ parameter, what });
    if (check === FILE) {
      if (!files[parameter]) say("has to be a file in a form");
    } else if (!(parameter in params)) {
      if (key.endsWith("!")) say("is required");
    } else if (!check(params[parameter])) say(`cannot be ${JSON.stringify(params[parameter])?.slice(0, 200)}`);
  }
  const known = Object.keys(schema).map((key) => key.replace("!", ""));
  for (const parameter of [...Object.keys(params), ...Object.keys(files)]) {
    if (parameter === "parse_mode") faults.push({ parameter, what: "is never used: texts of strangers are not markup" });
    else if (!known.includes(parameter)) faults.push({ parameter, what: "is unknown" });
  }
  return faults;
}

/** A value of a form: text, unless the method takes no text there. */
export function fromForm(method, parameter, text) {
  const check = METHODS[method]?.[parameter] ?? METHODS[method]?.[`${parameter}!`];
  if (!check || check === FILE) return text;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  // "42" as a caption is a text.
  return check(text) ? text : value;
}
