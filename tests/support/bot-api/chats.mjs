// Chats with what is in them. A supergroup counts its own messages; people and small groups share the bot's count.
let nextPerson = 5_000_001;
let nextGroup = 4_000_001;
let nextSupergroup = 1_001_000_000_001;
let nextFile = 1;

export class Refused extends Error {
  constructor(code, description, parameters) {
    super(description);
    Object.assign(this, { code, parameters });
  }
}
const bad = (what, parameters) => new Refused(400, `Bad Request: ${what}`, parameters);

export function newUser({ first_name = "Ayla", last_name, username, is_bot = false, language_code = "tr" } = {}) {
  const id = nextPerson++;
  return { id, is_bot, first_name, ...(last_name ? { last_name } : {}), ...(username ? { username } : {}), language_code };
}

export class Chat {
  messages = new Map();
  topics = new Map();
  members = new Map();
  /** The bot's own place here. */
  bot = { isMember: true, isAdmin: true, canManageTopics: true, isBlocked: false };
  #next = 1;

  constructor(world, fields) {
    Object.assign(this, { world, ...fields });
  }

  static private(world, user, { started = true } = {}) {
    const chat = new Chat(world, { id: user.id, type: "private", user });
    chat.bot.isMember = started;
    return chat;
  }

  static group(world, { title = "Dükkân", forum = false, supergroup = forum } = {}) {
    const id = supergroup ? -nextSupergroup++ : -nextGroup++;
    return new Chat(world, { id, type: supergroup ? "supergroup" : "group", title, is_forum: forum });
  }

  get isPrivate() {
    return this.type === "private";
  }

  nextMessageId() {
    if (this.type === "supergroup") return this.#next++;
    return this.world.nextMessageId();
  }

  /** As it is part of a message. */
  brief() {
    if (this.isPrivate) {
      const { id, first_name, last_name, username } = this.user;
      return { id, first_name, ...(last_name ? { last_name } : {}), ...(username ? { username } : {}), type: "private" };
    }
    return { id: this.id, title: this.title, type: this.type, ...(this.is_forum ? { is_forum: true } : {}) };
  }

  /** As getChat tells of it. */
  full() {
    return { ...this.brief(), accent_color_id: 0, max_reaction_count: 11, accepted_gift_types: { unlimited_gifts: false, limited_gifts: false, unique_gifts: false, premium_subscription: false, gifts_from_channels: false } };
  }

  memberStatus(botUser) {
    if (!this.bot.isMember) return { status: this.bot.wasKicked ? "kicked" : "left", user: botUser, ...(this.bot.wasKicked ? { until_date: 0 } : {}) };
    if (!this.bot.isAdmin) return { status: "member", user: botUser };
    return {
      status: "administrator", user: botUser, can_be_edited: false, is_anonymous: false, can_manage_chat: true, can_delete_messages: true,
      can_manage_video_chats: false, can_restrict_members: false, can_promote_members: false, can_change_info: false,
      can_invite_users: false, can_post_stories: false, can_edit_stories: false, can_delete_stories: false, can_pin_messages: false,
      ...(this.type === "supergroup" ? { can_manage_topics: this.bot.canManageTopics } : {}),
    };
  }

  /** May the bot write here? */
  expectOpen() {
    if (this.movedTo) throw bad("group chat was upgraded to a supergroup chat", { migrate_to_chat_id: this.movedTo });
    if (this.isPrivate && this.bot.isBlocked) throw new Refused(403, "Forbidden: bot was blocked by the user");
    if (this.isPrivate && !this.bot.isMember) throw new Refused(403, "Forbidden: bot can't initiate conversation with a user");
    if (!this.bot.isMember) throw new Refused(403, `Forbidden: bot was kicked from the ${this.type} chat`);
  }

  topic(id) {
    const topic = this.topics.get(id);
    if (!topic || topic.isDeleted) throw bad("message thread not found");
    return topic;
  }

  createTopic(name, from) {
    if (!this.is_forum) throw bad("the chat is not a forum");
    const message = this.put({ from, forum_topic_created: { name, icon_color: 0x6fb9f0 } });
    message.message_thread_id = message.message_id;
    message.is_topic_message = true;
    const topic = { id: message.message_id, name, isClosed: false, isDeleted: false };
    this.topics.set(topic.id, topic);
    return topic;
  }

  deleteTopic(id) {
    this.topic(id).isDeleted = true;
    for (const message of this.messages.values()) if (message.message_thread_id === id) this.messages.delete(message.message_id);
  }

  /** Writes a message down. */
  put(fields) {
    const message = { message_id: this.nextMessageId(), chat: this.brief(), date: Math.floor(Date.now() / 1000), ...fields };
    this.messages.set(message.message_id, message);
    return message;
  }
}

/** A file in Telegram: what is known of it, and its bytes. */
export function newFile(bytes, { folder = "documents", extension = "bin" } = {}) {
  const number = nextFile++;
  return { file_id: `AgACAgQAAxkB${String(number).padStart(8, "0")}`, file_unique_id: `AQAD${String(number).padStart(8, "0")}`, bytes, path: `${folder}/file_${number}.${extension}` };
}

/** As it stands in a message. */
export const briefOf = (file, fields = {}) => ({ file_id: file.file_id, file_unique_id: file.file_unique_id, file_size: file.claimedSize ?? file.bytes.length, ...fields });
export { bad };
