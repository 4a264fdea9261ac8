//! What we read of the Bot API's objects (<https://core.telegram.org/bots/api#available-types>). Fields nobody here uses are
//! left out, and unknown ones are no fault: the API grows every few weeks.

use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The `result` of `getUpdates`, each update still unread.
pub type Updates = Vec<Box<RawValue>>;

/// One of [`Updates`], read.
#[derive(Debug)]
pub enum Read {
    /// As it should be.
    Update(Box<Update>),
    /// An update of which only the number can be read. It is passed over: it would come again with every question.
    Unknown {
        /// Its number.
        update_id: i64,
    },
}

impl Read {
    /// Each by itself, so that one of a shape nobody knows does not keep the others away. One without even a number is
    /// passed over.
    pub fn all(updates: &Updates) -> Vec<Read> {
        updates.iter().filter_map(|update| Read::one(update.get())).collect()
    }

    fn one(update: &str) -> Option<Read> {
        #[derive(Deserialize)]
        struct Numbered {
            update_id: i64,
        }
        match serde_json::from_str(update) {
            Ok(update) => Some(Read::Update(update)),
            Err(_) => {
                let Numbered { update_id } = serde_json::from_str(update).ok()?;
                Some(Read::Unknown { update_id })
            }
        }
    }

    /// The next `offset` is one more than this.
    pub fn update_id(&self) -> i64 {
        match self {
            Read::Update(update) => update.update_id,
            Read::Unknown { update_id } => *update_id,
        }
    }
}

/// Something that happened. At most one of the others is there.
#[derive(Debug, Clone, Deserialize)]
pub struct Update {
    /// Grows, with gaps.
    pub update_id: i64,
    /// A new message.
    pub message: Option<Message>,
    /// A message as it is now.
    pub edited_message: Option<Message>,
    /// A button was pressed.
    pub callback_query: Option<CallbackQuery>,
    /// The bot's own place in a chat is another one.
    pub my_chat_member: Option<ChatMemberUpdated>,
}

/// A message in a chat.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// Of its own in each chat. 0: the message was scheduled, not sent.
    pub message_id: i64,
    /// The topic, or the thread of a reply.
    pub message_thread_id: Option<i64>,
    /// `message_thread_id` is a forum's topic.
    #[serde(default)]
    pub is_topic_message: bool,
    /// Seconds since 1970.
    #[serde(default)]
    pub date: i64,
    /// Where.
    pub chat: Chat,
    /// Who. Nobody in a channel.
    pub from: Option<User>,
    /// Sent in the name of a chat; of this chat itself by its anonymous administrators.
    pub sender_chat: Option<Chat>,
    /// Its text.
    pub text: Option<String>,
    /// Marks in the text; a command is one.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// The text below a file.
    pub caption: Option<String>,
    /// Marks in it.
    #[serde(default)]
    pub caption_entities: Vec<Entity>,
    /// A picture in several sizes.
    #[serde(default)]
    pub photo: Vec<PhotoSize>,
    /// A recording.
    pub voice: Option<Media>,
    /// Music.
    pub audio: Option<Media>,
    /// A video.
    pub video: Option<Media>,
    /// A round video.
    pub video_note: Option<Media>,
    /// A video without sound; `document` is then there too.
    pub animation: Option<Media>,
    /// Any other file.
    pub document: Option<Media>,
    /// A sticker.
    pub sticker: Option<Sticker>,
    /// Somebody's card.
    #[serde(default, deserialize_with = "present")]
    pub contact: bool,
    /// A place; `venue` has one too.
    #[serde(default, deserialize_with = "present")]
    pub location: bool,
    /// A poll.
    #[serde(default, deserialize_with = "present")]
    pub poll: bool,
    /// What it answers, in the same chat. In a topic every message without it answers the topic's first.
    pub reply_to_message: Option<Box<Message>>,
    /// It answers a part of that message.
    #[serde(default, deserialize_with = "present")]
    pub quote: bool,
    /// Messages of an album have the same.
    pub media_group_id: Option<String>,
    /// The group became a supergroup with this id.
    pub migrate_to_chat_id: Option<i64>,
    /// The supergroup was a group with this id.
    pub migrate_from_chat_id: Option<i64>,
    /// A topic was made.
    #[serde(default, deserialize_with = "present")]
    pub forum_topic_created: bool,
    /// A topic has a new name or icon.
    #[serde(default, deserialize_with = "present")]
    pub forum_topic_edited: bool,
    /// A topic was closed.
    #[serde(default, deserialize_with = "present")]
    pub forum_topic_closed: bool,
    /// A topic was opened again.
    #[serde(default, deserialize_with = "present")]
    pub forum_topic_reopened: bool,
    /// The general topic was hidden.
    #[serde(default, deserialize_with = "present")]
    pub general_forum_topic_hidden: bool,
    /// The general topic is shown again.
    #[serde(default, deserialize_with = "present")]
    pub general_forum_topic_unhidden: bool,
    /// Somebody came in.
    #[serde(default, deserialize_with = "present")]
    pub new_chat_members: bool,
    /// Somebody left.
    #[serde(default, deserialize_with = "present")]
    pub left_chat_member: bool,
    /// The group has another name.
    #[serde(default, deserialize_with = "present")]
    pub new_chat_title: bool,
    /// The group has another picture.
    #[serde(default, deserialize_with = "present")]
    pub new_chat_photo: bool,
    /// The group has no picture any more.
    #[serde(default, deserialize_with = "present")]
    pub delete_chat_photo: bool,
    /// The group was made.
    #[serde(default, deserialize_with = "present")]
    pub group_chat_created: bool,
    /// The supergroup was made.
    #[serde(default, deserialize_with = "present")]
    pub supergroup_chat_created: bool,
    /// A message was pinned.
    #[serde(default, deserialize_with = "present")]
    pub pinned_message: bool,
}

impl Message {
    /// What Telegram tells of the chat itself: nobody wrote it.
    pub fn is_service(&self) -> bool {
        self.migrate_to_chat_id.is_some()
            || self.migrate_from_chat_id.is_some()
            || self.forum_topic_created
            || self.forum_topic_edited
            || self.forum_topic_closed
            || self.forum_topic_reopened
            || self.general_forum_topic_hidden
            || self.general_forum_topic_unhidden
            || self.new_chat_members
            || self.left_chat_member
            || self.new_chat_title
            || self.new_chat_photo
            || self.delete_chat_photo
            || self.group_chat_created
            || self.supergroup_chat_created
            || self.pinned_message
    }
}

/// A chat.
#[derive(Debug, Clone, Deserialize)]
pub struct Chat {
    /// Groups' are below 0.
    pub id: i64,
    /// `private`, `group`, `supergroup` or `channel`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Of groups and channels.
    pub title: Option<String>,
    /// Without the @.
    pub username: Option<String>,
    /// The other person's, in a private chat.
    pub first_name: Option<String>,
    /// The other person's, in a private chat.
    pub last_name: Option<String>,
    /// The supergroup has topics.
    #[serde(default)]
    pub is_forum: bool,
}

/// A person or a bot.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// Beyond 32 bits.
    pub id: i64,
    /// A bot.
    #[serde(default)]
    pub is_bot: bool,
    /// Never empty.
    #[serde(default)]
    pub first_name: String,
    /// Not everybody's.
    pub last_name: Option<String>,
    /// Without the @.
    pub username: Option<String>,
    /// As `tr`.
    pub language_code: Option<String>,
}

/// A mark in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// As `bold` or `bot_command`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it begins, in UTF-16 units.
    pub offset: usize,
    /// How long it is, in UTF-16 units.
    pub length: usize,
    /// Where a `text_link` leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One size of a picture.
#[derive(Debug, Clone, Deserialize)]
pub struct PhotoSize {
    /// For `getFile`.
    pub file_id: String,
    /// In pixels.
    #[serde(default)]
    pub width: u32,
    /// In pixels.
    #[serde(default)]
    pub height: u32,
    /// In bytes.
    pub file_size: Option<u64>,
}

/// A recording, music, a video, or any file.
#[derive(Debug, Clone, Deserialize)]
pub struct Media {
    /// For `getFile`.
    pub file_id: String,
    /// As the sender named it.
    pub file_name: Option<String>,
    /// As the sender named it.
    pub mime_type: Option<String>,
    /// In bytes.
    pub file_size: Option<u64>,
    /// In seconds.
    pub duration: Option<u32>,
    /// Who made the music.
    pub performer: Option<String>,
    /// What the music is called.
    pub title: Option<String>,
}

/// A sticker.
#[derive(Debug, Clone, Deserialize)]
pub struct Sticker {
    /// For `getFile`. WebP, unless it moves.
    pub file_id: String,
    /// It is a drawing that moves.
    #[serde(default)]
    pub is_animated: bool,
    /// It is a video.
    #[serde(default)]
    pub is_video: bool,
    /// What it stands for.
    pub emoji: Option<String>,
    /// In bytes.
    pub file_size: Option<u64>,
}

/// The press of a button.
#[derive(Debug, Clone, Deserialize)]
pub struct CallbackQuery {
    /// For `answerCallbackQuery`.
    pub id: String,
    /// Who pressed.
    pub from: User,
    /// The message with the button. Of an old one only the chat and the number are known.
    pub message: Option<Message>,
    /// What the button means.
    pub data: Option<String>,
}

/// Somebody's place in a chat is another one.
#[derive(Debug, Clone, Deserialize)]
pub struct ChatMemberUpdated {
    /// Where.
    pub chat: Chat,
    /// Who did it.
    pub from: User,
    /// As it is now.
    pub new_chat_member: ChatMember,
}

/// Somebody's place in a chat.
#[derive(Debug, Clone, Deserialize)]
pub struct ChatMember {
    /// `creator`, `administrator`, `member`, `restricted`, `left` or `kicked`.
    pub status: String,
    /// An administrator may make topics.
    #[serde(default)]
    pub can_manage_topics: bool,
    /// Somebody who is restricted is in the chat nevertheless.
    #[serde(default)]
    pub is_member: bool,
}

impl ChatMember {
    /// Is in the chat.
    pub fn is_in(&self) -> bool {
        match self.status.as_str() {
            "creator" | "administrator" | "member" => true,
            "restricted" => self.is_member,
            _ => false,
        }
    }
}

/// A file that can be fetched.
#[derive(Debug, Clone, Deserialize)]
pub struct File {
    /// As it was asked for.
    pub file_id: String,
    /// For [`super::Api::download`], for an hour.
    pub file_path: Option<String>,
    /// In bytes.
    pub file_size: Option<u64>,
}

/// The number of a message that was sent: all that is needed of `sendMessage`'s result.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Sent {
    /// Of its own in the chat.
    pub message_id: i64,
    /// The topic it is in.
    pub message_thread_id: Option<i64>,
}

/// A topic that was made.
#[derive(Debug, Clone, Deserialize)]
pub struct ForumTopic {
    /// For `message_thread_id`.
    pub message_thread_id: i64,
    /// As it is called.
    #[serde(default)]
    pub name: String,
}

/// Whether a field is there, whatever is in it.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<IgnoredAny>::deserialize(deserializer).map(|value| value.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn updates(json: &str) -> Vec<Read> {
        let updates: Updates = serde_json::from_str(json).unwrap();
        Read::all(&updates)
    }

    #[test]
    fn what_is_unknown_is_no_fault_and_what_is_broken_spoils_nothing_else() {
        let read = updates(
            r#"[
                {"update_id":7,"message":{"message_id":3,"date":1,"chat":{"id":-100,"type":"supergroup","title":"T",
                 "is_forum":true},"from":{"id":5,"is_bot":false,"first_name":"A"},"text":"/close@x_bot a","future":{"a":[1]},
                 "entities":[{"type":"bot_command","offset":0,"length":12,"new":1}],"quote":{"text":"b","position":0},
                 "message_thread_id":9,"is_topic_message":true,
                 "reply_to_message":{"message_id":2,"chat":{"id":-100,"type":"supergroup"},"forum_topic_created":{"name":"n"}}}},
                {"update_id":8,"message":{"message_id":"three"}},
                {"update_id":9,"chat_boost":{}},
                {"no_number":1},
                "neither"
            ]"#,
        );
        assert_eq!(read.iter().map(Read::update_id).collect::<Vec<_>>(), [7, 8, 9]);
        let Read::Update(first) = &read[0] else {
            panic!("{read:?}");
        };
        let message = first.message.as_ref().unwrap();
        assert!(message.quote && message.is_topic_message && message.chat.is_forum && !message.is_service());
        assert!(message.reply_to_message.as_ref().unwrap().is_service());
        assert_eq!(message.entities[0].length, 12);
        assert!(matches!(read[1], Read::Unknown { update_id: 8 }));
        assert!(matches!(&read[2], Read::Update(update) if update.message.is_none()));
    }

    #[test]
    fn a_button_of_an_old_message_and_a_restricted_member_are_read() {
        let read = updates(
            r#"[{"update_id":1,"callback_query":{"id":"q","from":{"id":5,"is_bot":false,"first_name":"A"},
                 "message":{"message_id":4,"date":0,"chat":{"id":5,"type":"private"}},"data":"got"}},
                {"update_id":2,"my_chat_member":{"chat":{"id":-1,"type":"group","title":"G"},"from":{"id":5},
                 "new_chat_member":{"status":"restricted","user":{"id":1},"is_member":true}}}]"#,
        );
        let all: Vec<_> = read
            .iter()
            .map(|read| match read {
                Read::Update(update) => (update.callback_query.is_some(), update.my_chat_member.clone()),
                Read::Unknown { update_id } => panic!("{update_id}"),
            })
            .collect();
        assert!(all[0].0);
        assert!(all[1].1.as_ref().unwrap().new_chat_member.is_in());
    }
}
