// A person in a chat with the bot: what Telegram's apps can do, as the updates that the bot gets of it.
import { briefOf, newFile } from "./chats.mjs";

const COMMAND = /^\/[A-Za-z0-9_]{1,32}(@\w+)?/;
const URL_LIKE = /https?:\/\/\S+/gu;

export class Person {
  constructor(bot, chat, user = chat.user) {
    Object.assign(this, { bot, chat, user });
    if (!user) throw new Error("a group has many people: say which user");
    chat.members.set(user.id, user);
  }

  get id() {
    return this.user.id;
  }

  /**
   * Sends a message with these fields. `reply_to`: a message or its id; `quote`: a part of it; `topic`: in a forum;
   * `anonymous`: as an administrator without a name. Answers the message, with its `update`.
   */
  sends(content, { reply_to, quote, topic, anonymous, from = this.user, fields = {} } = {}) {
    const replied = reply_to === undefined ? undefined : this.#message(reply_to);
    const inTopic = topic ?? replied?.message_thread_id;
    const parent = replied ?? (inTopic === undefined ? undefined : this.chat.messages.get(inTopic));
    const message = this.chat.put({
      from: anonymous ? { id: 1087968824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" } : from,
      ...(anonymous ? { sender_chat: this.chat.brief() } : {}),
      ...(inTopic === undefined ? {} : { message_thread_id: inTopic, is_topic_message: true }),
      // One level deep, as Telegram shows it.
      ...(parent ? { reply_to_message: { ...parent, reply_to_message: undefined } } : {}),
      ...(quote === undefined ? {} : { quote: { text: quote, position: Math.max(0, (replied?.text ?? "").indexOf(quote)), is_manual: true } }),
      ...content,
      ...fields,
    });
    return Object.assign(message, { update: this.bot.updates.add("message", copy(message)) });
  }

  says(text, options) {
    const command = COMMAND.exec(text);
    const links = [...text.matchAll(URL_LIKE)].map((m) => ({ type: "url", offset: m.index, length: m[0].length }));
    const entities = [...(command ? [{ type: "bot_command", offset: 0, length: command[0].length }] : []), ...links];
    return this.sends({ text, ...(entities.length ? { entities } : {}) }, options);
  }

  #file(bytes, options) {
    const file = newFile(bytes, options);
    file.claimedSize = options.claimedSize;
    this.bot.files.set(file.file_id, file);
    return file;
  }

  #captioned = ({ caption }) => (caption === undefined ? {} : { caption });

  /** Two sizes, as Telegram makes them; the larger is the picture itself. */
  sendsPhoto(bytes, { width = 800, height = 600, ...options } = {}) {
    const small = this.#file(bytes.subarray(0, 64), { folder: "thumbnails", extension: "jpg" });
    const large = this.#file(bytes, { folder: "photos", extension: "jpg", ...options });
    const photo = [briefOf(small, { width: 90, height: 67 }), briefOf(large, { width, height })];
    return this.sends({ photo, ...this.#captioned(options) }, options);
  }

  sendsVoice(bytes, { duration = 3, ...options } = {}) {
    const voice = briefOf(this.#file(bytes, { folder: "voice", extension: "oga", ...options }), { duration, mime_type: "audio/ogg" });
    return this.sends({ voice, ...this.#captioned(options) }, options);
  }

  sendsAudio(bytes, { file_name = "şarkı.mp3", ...options } = {}) {
    const audio = briefOf(this.#file(bytes, { folder: "music", extension: "mp3", ...options }), { duration: 3, file_name, mime_type: "audio/mpeg" });
    return this.sends({ audio, ...this.#captioned(options) }, options);
  }

  sendsVideo(bytes, options = {}) {
    const video = briefOf(this.#file(bytes, { folder: "videos", extension: "mp4", ...options }), { duration: 3, width: 320, height: 240, mime_type: "video/mp4" });
    return this.sends({ video, ...this.#captioned(options) }, options);
  }

  sendsVideoNote(bytes, options = {}) {
    return this.sends({ video_note: briefOf(this.#file(bytes, { folder: "video_notes", extension: "mp4", ...options }), { duration: 3, length: 240 }) }, options);
  }

  sendsAnimation(bytes, options = {}) {
    const animation = briefOf(this.#file(bytes, { folder: "animations", extension: "mp4", ...options }), { duration: 1, width: 32, height: 32, file_name: "a.mp4", mime_type: "video/mp4" });
    return this.sends({ animation, document: animation, ...this.#captioned(options) }, options);
  }

  sendsDocument(bytes, { file_name = "fiyatlar.pdf", mime_type = "application/pdf", ...options } = {}) {
    const document = briefOf(this.#file(bytes, { folder: "documents", extension: "pdf", ...options }), { ...(file_name === null ? {} : { file_name }), mime_type });
    return this.sends({ document, ...this.#captioned(options) }, options);
  }

  sendsSticker(bytes, { is_animated = false, is_video = false, ...options } = {}) {
    const sticker = briefOf(this.#file(bytes, { folder: "stickers", extension: "webp", ...options }), { width: 512, height: 512, emoji: "👍", type: "regular", is_animated, is_video });
    return this.sends({ sticker }, options);
  }

  sendsLocation(options) {
    return this.sends({ location: { latitude: 41.0082, longitude: 28.9784 } }, options);
  }

  /** Changes the text (or caption) of an own message. */
  edits(message, text) {
    const stored = this.chat.messages.get(message.message_id);
    stored[stored.caption !== undefined || stored.text === undefined ? "caption" : "text"] = text;
    stored.edit_date = Math.floor(Date.now() / 1000);
    stored.update = undefined;
    return this.bot.updates.add("edited_message", copy(stored));
  }

  /** Presses a button of a message; resolves with what the bot answers to it. */
  presses(message, button = message.reply_markup?.inline_keyboard[0][0]) {
    if (!button?.callback_data) throw new Error(`no button that can be pressed: ${JSON.stringify(message.reply_markup)}`);
    const id = String(4_000_000_000_000 + Math.floor(Math.random() * 1e9));
    const answered = new Promise((resolve) => this.bot.queries.set(id, { answered: resolve }));
    this.bot.updates.add("callback_query", { id, from: this.user, message: copy(this.#message(message)), chat_instance: "-42", data: button.callback_data });
    return answered;
  }

  /** Opens t.me/<bot>?start=CODE and presses Start; in a group: chooses it behind ?startgroup=CODE. */
  starts(code) {
    if (this.chat.isPrivate) {
      Object.assign(this.chat.bot, { isMember: true, isBlocked: false });
    } else if (!this.chat.bot.isMember) {
      this.addsBot();
    }
    const name = this.chat.isPrivate ? "/start" : `/start@${this.bot.user.username}`;
    return this.says(code ? `${name} ${code}` : name);
  }

  #changesBot(change) {
    const old = this.chat.memberStatus(this.bot.user);
    Object.assign(this.chat.bot, change);
    const now = this.chat.memberStatus(this.bot.user);
    const date = Math.floor(Date.now() / 1000);
    return this.bot.updates.add("my_chat_member", { chat: this.chat.brief(), from: this.user, date, old_chat_member: old, new_chat_member: now });
  }

  addsBot({ admin = true, topics = true } = {}) {
    return this.#changesBot({ isMember: true, isAdmin: admin, canManageTopics: topics });
  }

  removesBot() {
    return this.#changesBot({ isMember: false, wasKicked: true });
  }

  /** Blocks it in a private chat. */
  blocksBot() {
    const date = Math.floor(Date.now() / 1000);
    this.chat.bot.isBlocked = true;
    return this.bot.updates.add("my_chat_member", {
      chat: this.chat.brief(), from: this.user, date,
      old_chat_member: { status: "member", user: this.bot.user }, new_chat_member: { status: "kicked", user: this.bot.user, until_date: 0 },
    });
  }

  takesTopicsRight() {
    return this.#changesBot({ canManageTopics: false });
  }

  givesTopicsRight() {
    return this.#changesBot({ isAdmin: true, canManageTopics: true });
  }

  /** Telegram tells bots nothing of a topic that is deleted. */
  deletesTopic(id) {
    this.chat.deleteTopic(id);
  }

  closesTopic(id) {
    this.chat.topic(id).isClosed = true;
    return this.sends({ forum_topic_closed: {} }, { topic: id });
  }

  /** Telegram makes a supergroup of a group: another id. Answers the new chat's person. */
  upgradesGroup() {
    const next = this.bot.group({ title: this.chat.title, supergroup: true, members: [...this.chat.members.values()] });
    this.chat.movedTo = next.id;
    this.sends({ migrate_to_chat_id: next.id });
    const there = new Person(this.bot, next, this.user);
    there.sends({ migrate_from_chat_id: this.chat.id });
    return there;
  }

  #message(which) {
    const id = typeof which === "number" ? which : (which.message_id ?? which.id);
    const message = this.chat.messages.get(id);
    if (!message) throw new Error(`no message ${id} in this chat`);
    return message;
  }
}

/** An update is what the message was then. */
function copy(message) {
  const { update: _update, ...fields } = message;
  return JSON.parse(JSON.stringify(fields));
}
