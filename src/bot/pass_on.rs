//! What is said in Telegram, on its way to a visitor: as an agent's message, once.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::commands;
use super::incoming::{Incoming, take};
use crate::chat::{NewMessage, Refusal, Sender, Via, text};
use crate::clock::now_ms;
use crate::limits::Key;
use crate::storage::messages::{self, store};
use crate::storage::receipts::Receipts as Positions;
use crate::storage::sessions;
use crate::storage::telegram::{self, Known};
use crate::storage::uploads::Owner;
use crate::storage::{Result, StorageError, outbox};
use crate::telegram::api::Fault;
use crate::telegram::api::types::{File, Message};
use crate::telegram::words::{self, Words};
use crate::uploads::receive::{NotReceived, Pieces};
use crate::uploads::take::{NotTaken, Sender as UploadSender};

/// A bot can fetch files up to this size (`getFile`).
const FILE_MAX: u64 = 20 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(20);
const PIECE: usize = 64 * 1024;

/// What a message carries.
struct Attachment {
    file_id: String,
    name: String,
    size: u64,
}

/// What of a message can be passed on. `Err`: nothing.
fn attachment(message: &Message) -> std::result::Result<Option<Attachment>, Words> {
    let of = |media: &crate::telegram::api::types::Media, name: &str| Attachment {
        file_id: media.file_id.clone(),
        name: media.file_name.clone().unwrap_or_else(|| name.to_owned()),
        size: media.file_size.unwrap_or(0),
    };
    let found = if let Some(photo) = message.photo.iter().max_by_key(|size| (size.width, size.height)) {
        Some(Attachment {
            file_id: photo.file_id.clone(),
            name: "photo.jpg".to_owned(),
            size: photo.file_size.unwrap_or(0),
        })
    } else if let Some(voice) = &message.voice {
        Some(of(voice, "voice.ogg"))
    } else if let Some(audio) = &message.audio {
        Some(of(audio, "audio.mp3"))
    } else if let Some(animation) = &message.animation {
        Some(of(animation, "animation.mp4"))
    } else if let Some(video) = message.video.as_ref().or(message.video_note.as_ref()) {
        Some(of(video, "video.mp4"))
    } else if let Some(document) = &message.document {
        Some(of(document, "file"))
    } else {
        let sticker = message.sticker.as_ref().filter(|s| !s.is_animated && !s.is_video);
        sticker.map(|sticker| Attachment {
            file_id: sticker.file_id.clone(),
            name: "sticker.webp".to_owned(),
            size: sticker.file_size.unwrap_or(0),
        })
    };
    match found {
        Some(file) if file.size > FILE_MAX => Err(words::TOO_LARGE),
        None if message.text.is_none() => Err(words::KIND),
        found => Ok(found),
    }
}

/// The same message has the same id, whenever it comes: exactly once, whatever happens between.
fn client_id(bot_id: i64, chat_id: i64, telegram_id: i64) -> Uuid {
    let mut hasher = Sha256::new();
    hasher.update(b"telegram");
    for number in [bot_id, chat_id, telegram_id] {
        hasher.update(number.to_be_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Whose topic it is in, or whom the message that it answers is about; and that message.
fn whom(incoming: &Incoming<'_>, message: &Message) -> Result<Option<(i64, Option<Known>)>> {
    let (desk, chat_id) = (incoming.desk, message.chat.id);
    let topic = message.message_thread_id.filter(|_| message.is_topic_message);
    // In a topic every message answers the topic's first, unless it says otherwise.
    let replied = message
        .reply_to_message
        .as_deref()
        .filter(|replied| !replied.forum_topic_created && Some(replied.message_id) != topic);
    // Colleagues who answer each other in a group do not speak to the visitor.
    let is_between_people = replied.is_some_and(|replied| {
        let (theirs, ours) = (replied.from.as_ref(), message.from.as_ref());
        theirs.is_some_and(|from| !from.is_bot) && theirs.map(|from| from.id) != ours.map(|from| from.id)
    });
    if is_between_people && topic.is_none() && message.chat.kind != "private" {
        return Ok(None);
    }
    let replied_id = replied.map(|replied| replied.message_id);
    let look = move || {
        desk.ask(move |connection| {
            let known = match replied_id {
                Some(replied) => telegram::known(connection, chat_id, replied)?,
                None => None,
            };
            let of_topic = match topic {
                Some(topic) => telegram::of_topic(connection, chat_id, topic)?,
                None => None,
            };
            let session = of_topic.or(known.as_ref().map(|known| known.chat_session_id));
            Ok(session.map(|session| (session, known.filter(|known| known.chat_session_id == session))))
        })
    };
    if let Some(found) = look()? {
        return Ok(Some(found));
    }
    let is_by_us = |message: &&Message| message.from.as_ref().is_some_and(|from| from.id == desk.bot_id);
    let ours = replied.filter(is_by_us);
    if topic.is_none() && ours.is_none() {
        return Ok(None);
    }
    // Somebody is faster than Telegram's answer to our own message.
    desk.wait_for_telling();
    if let Some(found) = look()? {
        return Ok(Some(found));
    }
    // Telegram's answer was lost, but the message itself says whom it is about.
    let Some(room) = ours.and_then(room_of) else {
        return Ok(None);
    };
    let session = desk.ask(move |connection| sessions::of_room(connection, &room))?;
    Ok(session.map(|session| (session.id, None)))
}

/// The thread that the name in a message of ours leads to.
fn room_of(message: &Message) -> Option<String> {
    let entities = message.entities.iter().chain(&message.caption_entities);
    let url = entities.filter_map(|entity| entity.url.as_deref()).next()?;
    let (_, room) = url.split_once("/admin#/")?;
    Some(room.to_owned())
}

/// Passes it on, or says why not. A fault: it is not taken yet, and comes again.
pub fn said(incoming: &Incoming<'_>, message: &Message, is_last_try: bool) -> Result<Option<Fault>> {
    let whom = whom(incoming, message)?;
    let text = message.text.as_deref().unwrap_or_default();
    if let Some(command) = commands::parse(text, &incoming.username()) {
        commands::run(incoming, message, &command, whom.map(|(session, _)| session))?;
        return Ok(None);
    }
    let Some((session, known)) = whom else {
        let answers_bot = message
            .reply_to_message
            .as_ref()
            .and_then(|replied| replied.from.as_ref())
            .is_some_and(|from| from.id == incoming.desk.bot_id);
        if message.chat.kind == "private" || answers_bot {
            incoming.refuse(message, words::HOW_TO)?;
        } else {
            incoming.taken()?;
        }
        return Ok(None);
    };
    match pass(incoming, message, session, known)? {
        Passed::On => {}
        Passed::Not(words) => incoming.refuse(message, words)?,
        Passed::Later(fault) if !is_last_try => return Ok(Some(fault)),
        Passed::Later(_) => incoming.refuse(message, words::NOT_TAKEN)?,
    }
    Ok(None)
}

/// What became of a message.
enum Passed {
    /// The visitor has it.
    On,
    /// Never, and why.
    Not(Words),
    /// Not now: its file cannot be fetched.
    Later(Fault),
}

fn pass(incoming: &Incoming<'_>, message: &Message, session: i64, known: Option<Known>) -> Result<Passed> {
    let desk = incoming.desk;
    let attachment = match attachment(message) {
        Ok(attachment) => attachment,
        Err(words) => return Ok(Passed::Not(words)),
    };
    let said = message
        .text
        .as_deref()
        .or(message.caption.as_deref())
        .unwrap_or_default();
    let said: Option<Arc<str>> = match text::message(said) {
        Ok(text) => Some(text.into()),
        Err(Refusal::Empty) if attachment.is_some() => None,
        Err(Refusal::TooLong) => return Ok(Passed::Not(words::TOO_LONG)),
        Err(_) => return Ok(Passed::Not(words::KIND)),
    };
    let (from, set_up_by) = (
        message.from.as_ref().map_or(0, |from| from.id),
        desk.pocket().setup().agent_id,
    );
    let answering = desk.ask(move |connection| telegram::answering(connection, from, set_up_by))?;
    let Some((agent_id, author)) = answering else {
        return Ok(Passed::Not(words::DISABLED));
    };
    let upload_id = match attachment {
        None => None,
        Some(file) => match fetch(incoming, &file, agent_id) {
            Ok(Ok(id)) => Some(id),
            Ok(Err(NotTaken::Storage(error @ StorageError::Gone))) => return Err(error),
            Ok(Err(NotTaken::Received(NotReceived::Broken(_)) | NotTaken::Busy)) => {
                return Ok(Passed::Later(Fault::Network("a file broke off".to_owned())));
            }
            Ok(Err(refused)) => return Ok(Passed::Not(why(&refused))),
            Err(Fault::Refused { code, description, .. }) => {
                let is_large = code == 413 || description.to_lowercase().contains("too big");
                return Ok(Passed::Not(if is_large { words::TOO_LARGE } else { words::NOT_TAKEN }));
            }
            Err(fault) => return Ok(Passed::Later(fault)),
        },
    };
    let (bot_id, update_id) = (desk.bot_id, incoming.update_id);
    let (chat_id, telegram_id) = (message.chat.id, message.message_id);
    let new = NewMessage {
        chat_session_id: session,
        client_id: client_id(bot_id, chat_id, telegram_id),
        sender: Sender::Agent,
        agent_id: Some(agent_id),
        text: said,
        upload_id,
        reply_to: None,
        via: Some(Via::Telegram),
    };
    let is_reply_thread = !message.is_topic_message;
    let quotes = message.quote;
    let answered = known.and_then(|known| known.message_id);
    let signaling = desk.signaling.clone();
    let announcer = signaling.clone();
    let (done, stored) = oneshot::channel();
    desk.runtime.block_on(async {
        signaling.app.writer.reserve_patiently().await?.submit(
            move |connection| {
                take(connection, bot_id, update_id)?;
                let newest = telegram::newest_told(connection, session, chat_id)?;
                // A reply is how one answers at all there: only another than to the newest message says more than that.
                let reply_to = answered.filter(|id| !is_reply_thread || quotes || Some(*id) != newest);
                let new = NewMessage { reply_to, ..new };
                let stored = match store(connection, &new, now_ms())? {
                    Ok(stored) => stored,
                    Err(refused) => return Ok(Err(refused)),
                };
                telegram::remember(connection, (chat_id, telegram_id), session, Some(stored.id))?;
                let Some(about) = outbox::about(connection, session)? else {
                    return Err(StorageError::Missing);
                };
                Ok(Ok((new, stored, about.room, newest.unwrap_or(0))))
            },
            move |result| {
                let result = result.map(|stored| {
                    stored.map(|(new, stored, room, newest)| {
                        let room: Arc<str> = room.into();
                        announcer.announce_message(None, &new, room.clone(), Some(author), stored, None);
                        let read = Positions {
                            agent_read: newest,
                            ..Positions::default()
                        };
                        announcer.receipts.report(new.chat_session_id, &room, read);
                    })
                });
                // The thread waits for it.
                let _ = done.send(result);
            },
        );
        Ok::<_, StorageError>(())
    })?;
    match desk.runtime.block_on(stored).unwrap_or(Err(StorageError::Gone)) {
        Ok(Ok(())) => Ok(Passed::On),
        Ok(Err(refused)) => {
            tracing::info!(?refused, "an answer from telegram was not stored");
            Ok(Passed::Not(words::NOT_TAKEN))
        }
        Err(StorageError::Missing) => Ok(Passed::Not(words::GONE)),
        Err(error) => Err(error),
    }
}

/// A file on its way from Telegram.
struct FromTelegram<R>(R);

impl<R: Read + Send> Pieces for FromTelegram<R> {
    async fn next(&mut self) -> std::result::Result<Option<Bytes>, NotReceived> {
        let mut piece = vec![0; PIECE];
        // The caller is a thread of its own, not one of the runtime's.
        let read = self
            .0
            .read(&mut piece)
            .map_err(|error| NotReceived::Broken(error.kind().to_string()))?;
        piece.truncate(read);
        Ok((read > 0).then(|| Bytes::from(piece)))
    }
}

/// Fetches a file and keeps it as an upload of the agent's; answers its public id.
fn fetch(
    incoming: &Incoming<'_>,
    file: &Attachment,
    agent_id: i64,
) -> std::result::Result<std::result::Result<Arc<str>, NotTaken>, Fault> {
    let desk = incoming.desk;
    let app = &desk.signaling.app;
    let found: File = desk.api.call("getFile", &json!({"file_id": file.file_id}), PATIENCE)?;
    let path = found.file_path.unwrap_or_default();
    let body = FromTelegram(desk.api.download(&path, FILE_MAX.min(app.uploads.max_bytes))?);
    let allowed = app.settings().upload_types.clone();
    let sender = UploadSender {
        owner: Owner::Agent(agent_id),
        address: &Key::Agent(agent_id),
        admit: &|_| Ok(()),
    };
    let taken = desk.runtime.block_on(async {
        let arrived = app.uploads.receive(body).await?;
        app.uploads
            .take(&app.writer, &file.name, &allowed, &sender, arrived)
            .await
    });
    Ok(taken.map(|description| description.id().into()))
}

fn why(refused: &NotTaken) -> Words {
    match refused {
        NotTaken::Received(NotReceived::TooLarge) => words::TOO_LARGE,
        NotTaken::FileType | NotTaken::Empty => words::FILE_TYPE,
        NotTaken::ImageBroken | NotTaken::ImageTooLarge => words::IMAGE,
        _ => words::NOT_TAKEN,
    }
}

/// A message has other words now, if we know it.
pub fn edit(incoming: &Incoming<'_>, message: &Message) -> Result<()> {
    let desk = incoming.desk;
    let (bot_id, update_id) = (desk.bot_id, incoming.update_id);
    let (chat_id, telegram_id) = (message.chat.id, message.message_id);
    let words = message
        .text
        .as_deref()
        .or(message.caption.as_deref())
        .unwrap_or_default();
    let words = match text::message(words) {
        Ok(words) => Some(words),
        // A caption can be taken away.
        Err(Refusal::Empty) if message.text.is_none() => None,
        Err(Refusal::TooLong) => {
            return incoming.refuse(message, words::TOO_LONG);
        }
        Err(_) => return incoming.taken(),
    };
    let links = desk.signaling.app.links;
    let edited = desk.write(move |connection| {
        take(connection, bot_id, update_id)?;
        let known = telegram::known(connection, chat_id, telegram_id)?;
        let Some(message_id) = known.and_then(|known| known.message_id) else {
            return Ok(None);
        };
        if !messages::came_by_telegram(connection, message_id)? {
            return Ok(None);
        }
        messages::edit(connection, links, message_id, words.as_deref(), now_ms())
    })?;
    if let Some((session, message)) = edited {
        desk.signaling.announce_edited(session, &message);
    }
    Ok(())
}
