// What each method does, once its parameters are as documented.
import { bad, briefOf, newFile, Refused } from "./chats.mjs";
import { contentFault, DOWNLOAD_BYTES_MAX, isMp4, UPLOAD_BYTES_MAX } from "./files.mjs";
import { fileOf } from "./schema.mjs";
import { buttonHost, entityFaults, isEmpty, shownEntities } from "./text.mjs";

const FOLDERS = { photo: ["photos", "jpg"], voice: ["voice", "oga"], audio: ["music", "mp3"], animation: ["animations", "gif"], document: ["documents", "bin"] };

export const METHODS_DO = {
  getMe: ({ bot }) => ({ ...bot.user, can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false, can_connect_to_business: false, has_main_web_app: false }),
  deleteWebhook({ bot, params, violate }) {
    if (params.drop_pending_updates) violate("drop_pending_updates throws away what people have written");
    bot.updates.webhook = undefined;
    return true;
  },
  async getUpdates({ bot, params, gone }) {
    const { result, refusal } = await bot.updates.take(params, gone);
    if (refusal) throw new Refused(...refusal);
    return result;
  },
  getChat: ({ bot, params }) => found(bot, params.chat_id).full(),
  getChatMember({ bot, params }) {
    const chat = found(bot, params.chat_id);
    if (params.user_id === bot.user.id) return chat.memberStatus(bot.user);
    const member = chat.members.get(params.user_id);
    if (!member) throw bad("member not found");
    return { status: "member", user: member };
  },
  setMyCommands({ bot, params }) {
    bot.commands = params.commands;
    return true;
  },
  createForumTopic({ bot, params }) {
    const chat = writable(bot, params.chat_id);
    expectTopicRights(chat, "create a");
    const topic = chat.createTopic(params.name, bot.user);
    return { message_thread_id: topic.id, name: topic.name, icon_color: 0x6fb9f0 };
  },
  reopenForumTopic: (call) => setClosed(call, false),
  closeForumTopic: (call) => setClosed(call, true),
  getFile({ bot, params }) {
    const file = bot.files.get(params.file_id);
    if (!file) throw bad("invalid file_id");
    if ((file.claimedSize ?? file.bytes.length) > DOWNLOAD_BYTES_MAX) throw bad("file is too big");
    return briefOf(file, { file_path: file.path });
  },
  answerCallbackQuery({ bot, params }) {
    const query = bot.queries.get(params.callback_query_id);
    if (!query) throw bad("query is too old and response timeout expired or query ID is invalid");
    bot.queries.delete(params.callback_query_id);
    query.answered(params);
    return true;
  },
  editMessageReplyMarkup({ bot, params, violate }) {
    const message = writable(bot, params.chat_id).messages.get(params.message_id);
    if (!message) throw bad("message to edit not found");
    checkButtons(params.reply_markup, violate);
    const empty = JSON.stringify({ inline_keyboard: [] });
    if (JSON.stringify(params.reply_markup ?? JSON.parse(empty)) === (JSON.stringify(message.reply_markup) ?? empty)) {
      throw bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");
    }
    message.reply_markup = params.reply_markup?.inline_keyboard.length ? params.reply_markup : undefined;
    return message;
  },
  sendMessage: (call) => send(call, ({ text, entities = [] }) => ({ text: text.trim(), ...(entities.length ? { entities: shownEntities(entities) } : {}) })),
  sendPhoto: (call) => send(call, () => ({ photo: [{ ...fileFrom(call), width: 90, height: 67 }] })),
  sendAnimation: (call) => send(call, () => ({ animation: fileFrom(call), document: fileFrom(call) })),
  sendVoice: (call) => send(call, ({ duration = 0 }) => ({ voice: { ...fileFrom(call), duration, mime_type: "audio/ogg" } })),
  sendAudio: (call) => send(call, ({ duration = 0 }) => ({ audio: { ...fileFrom(call), duration } })),
  sendDocument: (call) => send(call, () => ({ document: fileFrom(call) })),
};

function found(bot, chatId) {
  const chat = bot.chats.get(chatId);
  if (!chat) throw bad("chat not found");
  return chat;
}

function writable(bot, chatId) {
  const chat = found(bot, chatId);
  chat.expectOpen();
  return chat;
}

function expectTopicRights(chat, verb) {
  if (!chat.is_forum) throw bad("the chat is not a forum");
  if (!chat.bot.isAdmin || !chat.bot.canManageTopics) throw bad(`not enough rights to ${verb} topic`);
}

function setClosed({ bot, params }, isClosed) {
  const chat = writable(bot, params.chat_id);
  expectTopicRights(chat, isClosed ? "close the" : "reopen the");
  const topic = chat.topic(params.message_thread_id);
  if (topic.isClosed === isClosed) throw bad("TOPIC_NOT_MODIFIED");
  topic.isClosed = isClosed;
  return true;
}

function checkButtons(markup, violate) {
  for (const button of (markup?.inline_keyboard ?? []).flat()) {
    if (button.url === undefined || buttonHost(button.url)) continue;
    violate(`a button to ${button.url}`);
    throw bad(`inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`);
  }
}

function fileFrom({ bot, method, files }) {
  const parameter = fileOf(method);
  const { name, mime, bytes } = files[parameter];
  const [folder, extension] = FOLDERS[parameter];
  const file = newFile(bytes, { folder, extension });
  bot.files.set(file.file_id, file);
  return briefOf(file, parameter === "photo" ? {} : { file_name: name, mime_type: parameter === "animation" && !isMp4(bytes) ? "image/gif" : mime });
}

/** The common part of all that sends: is the text a text, is there what it answers, may it be written here? */
function send(call, content) {
  const { bot, method, params, files, violate } = call;
  const [text, entities, isText] = method === "sendMessage" ? [params.text, params.entities, true] : [params.caption ?? "", params.caption_entities, false];
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) {
    violate("half a character");
    throw bad("strings must be encoded in UTF-8");
  }
  if (text.includes("\u0000")) violate("a NUL in a text");
  if (isText && text.trim() === "") violate("an empty text");
  if (isText && isEmpty(text)) throw bad("message text is empty");
  const [wrong] = entityFaults(text, entities ?? []);
  if (wrong) {
    violate(wrong);
    throw bad("ENTITY_BOUNDS_INVALID");
  }
  checkButtons(params.reply_markup, violate);
  const parameter = fileOf(method);
  if (parameter) {
    const { bytes, name } = files[parameter];
    if (bytes.length > UPLOAD_BYTES_MAX) throw new Refused(413, "Request Entity Too Large");
    if (name === "" || /[\r\n\u0000/]/.test(name)) violate(`a file called ${JSON.stringify(name)}`);
    const fault = contentFault(method, bytes);
    if (fault) {
      violate(fault.wrong);
      throw bad(fault.description);
    }
  }
  const chat = writable(bot, params.chat_id);
  const thread = params.message_thread_id;
  if (thread !== undefined) {
    if (!chat.is_forum) throw bad("message thread not found");
    if (chat.topic(thread).isClosed) throw bad("TOPIC_CLOSED");
  }
  const wanted = params.reply_parameters;
  const replied = wanted && chat.messages.get(wanted.message_id);
  if (wanted && !replied && !wanted.allow_sending_without_reply) throw bad("message to be replied not found");
  const message = chat.put({
    from: bot.user,
    ...(thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true }),
    ...(replied ? { reply_to_message: { ...replied, reply_to_message: undefined } } : {}),
    ...content(params),
    ...(isText || !text ? {} : { caption: text, ...(entities?.length ? { caption_entities: shownEntities(entities) } : {}) }),
    ...(params.reply_markup?.inline_keyboard.length ? { reply_markup: params.reply_markup } : {}),
  });
  bot.deliver({
    id: message.message_id, method, chat_id: chat.id, topic: thread, text, entities: entities ?? [],
    reply_to: replied?.message_id, wantedReply: wanted?.message_id, isSilent: params.disable_notification === true,
    button: params.reply_markup?.inline_keyboard[0]?.[0], file: parameter && files[parameter], params, message, at: Date.now(),
  });
  return message;
}
