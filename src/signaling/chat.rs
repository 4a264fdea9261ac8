//! The events of `/chat`.
//!
//! A message goes through here without a task of its own: it is checked and queued while it is being received, so the
//! messages of one connection are stored in the order they were sent; the writer answers, and what is new is sent on.

use std::sync::Arc;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::Signaling;
use super::caller::{Caller, own_room, parse};
use super::engine::{EngineSocket, Who};
use super::events::{Done, HistoryIn, MessageAck, MessageIn, OpenIn, ReadIn, TypingIn, TypingOut};
use super::packet::{self, CHAT};
use crate::chat::{Message, NewMessage, Refusal, Sender, text};
use crate::clock::now_ms;
use crate::limits::Limit;
use crate::storage::messages::{Page, Range, Stored, page, store};
use crate::storage::outbox;
use crate::storage::receipts::Receipts;
use crate::storage::sessions::{self, Thread};

/// Messages in a page of history when the client does not say.
const HISTORY_DEFAULT: i64 = 50;
/// The most a client may ask for (PROTOCOL).
const HISTORY_MAX: i64 = 100;

/// Handles one event; every refusal is acked with its code and changes nothing.
pub fn on_event(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    who: &Arc<Who>,
    name: &str,
    arguments: &[&RawValue],
    ack: Option<u64>,
) {
    let caller = Caller::new(signaling, socket, who, CHAT, ack);
    let known = match name {
        "message" => parse(arguments).and_then(|event| on_message(&caller, event)),
        "history" => parse(arguments).and_then(|event| on_history(&caller, event)),
        "typing" => parse(arguments).and_then(|event| on_typing(&caller, event)),
        "read" => parse(arguments).and_then(|event| on_read(&caller, event)),
        "open" if matches!(**who, Who::Agent(_)) => parse(arguments).and_then(|event| on_open(&caller, event)),
        _ => Err(Refusal::UnknownEvent),
    };
    if let Err(refusal) = known {
        caller.refuse(refusal);
    }
}

/// The one form that is sent back to others, so that the sender knows its own message by it: `Uuid` would also take
/// capitals, braces, a URN and 32 bare digits.
fn uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

/// Nothing is taken from a blocked visitor. A message is asked again where it is stored; this is for what is not.
fn not_blocked(caller: &Caller) -> Result<(), Refusal> {
    match &*caller.who {
        Who::Visitor(visitor) if caller.signaling.rooms.is_blocked(visitor.session_id) => Err(Refusal::Blocked),
        _ => Ok(()),
    }
}

fn on_message(caller: &Caller, event: MessageIn<'_>) -> Result<(), Refusal> {
    caller.check(Limit::Message, Limit::AgentMessage)?;
    let client_id = uuid(&event.client_id).ok_or(Refusal::Invalid)?;
    if event.reply_to.is_some_and(|id| id <= 0) {
        return Err(Refusal::Invalid);
    }
    let upload_id: Option<Arc<str>> = event.upload_id.map(Arc::from);
    let text: Option<Arc<str>> = match text::message(event.text.as_deref().unwrap_or_default()) {
        Err(Refusal::Empty) if upload_id.is_some() => None,
        text => Some(text?.into()),
    };
    let slot = caller.signaling.app.writer.reserve()?;

    let caller = caller.clone();
    match &*caller.who {
        Who::Visitor(visitor) => {
            own_room(visitor, event.room.as_deref())?;
            let new = NewMessage {
                chat_session_id: visitor.session_id,
                client_id,
                sender: Sender::Visitor,
                agent_id: None,
                text,
                upload_id,
                reply_to: event.reply_to,
                via: None,
            };
            let room = visitor.room.clone();
            let links = caller.signaling.app.links;
            let is_told = caller.signaling.app.pocket.is_on();
            let stored = {
                let new = new.clone();
                move |connection: &rusqlite::Connection| {
                    let stored = match store(connection, &new, now_ms())? {
                        Ok(stored) => stored,
                        Err(refused) => return Ok(Err(refused)),
                    };
                    if is_told && stored.is_new {
                        outbox::tell_of_message(connection, new.chat_session_id, stored.id, stored.at)?;
                    }
                    let thread = match &stored.reopened {
                        Some(_) => Some(Box::new(sessions::by_id(connection, links, new.chat_session_id)?)),
                        None => None,
                    };
                    Ok(Ok((stored, thread)))
                }
            };
            slot.submit(stored, move |stored| match stored {
                Ok(Ok((stored, thread))) => {
                    after_storing(&caller, &new, room, None, stored, thread);
                    if is_told {
                        caller.signaling.app.pocket.wake();
                    }
                }
                Ok(Err(refused)) => caller.refuse(refused.into()),
                Err(error) => caller.refuse(error.into()),
            });
        }
        Who::Agent(agent) => {
            let room: Arc<str> = event.room.ok_or(Refusal::Invalid)?.into();
            let (agent_id, author) = (agent.agent_id, agent.name.clone());
            let new = NewMessage {
                chat_session_id: 0,
                client_id,
                sender: Sender::Agent,
                agent_id: Some(agent_id),
                text,
                upload_id,
                reply_to: event.reply_to,
                via: None,
            };
            let stored = {
                let room = room.clone();
                move |connection: &rusqlite::Connection| {
                    let Some(session) = sessions::of_room(connection, &room)? else {
                        return Ok(Err(Refusal::Room));
                    };
                    let new = NewMessage {
                        chat_session_id: session.id,
                        ..new
                    };
                    Ok(store(connection, &new, now_ms())?
                        .map(|stored| (new, stored))
                        .map_err(Refusal::from))
                }
            };
            slot.submit(stored, move |stored| match stored {
                Ok(Ok((new, stored))) => after_storing(&caller, &new, room, Some(author), stored, None),
                Ok(Err(refusal)) => caller.refuse(refusal),
                Err(error) => caller.refuse(error.into()),
            });
        }
    }
    Ok(())
}

/// After the commit, in the order of commits: answer the sender, and send on what is new.
///
/// `reopened` is the thread as it is now, when this message has opened it again.
fn after_storing(
    caller: &Caller,
    new: &NewMessage,
    room: Arc<str>,
    author: Option<String>,
    stored: Stored,
    reopened: Option<Box<Thread>>,
) {
    let ack = MessageAck {
        id: stored.id,
        at: stored.at,
    };
    caller
        .signaling
        .announce_message(Some(&caller.socket), new, room, author, stored, reopened);
    caller.ok(&ack);
}

/// Runs `then` with the row id and public id of the room an event is about.
fn in_room<F>(caller: &Caller, named: Option<String>, then: F) -> Result<(), Refusal>
where
    F: FnOnce(&Caller, i64, &Arc<str>) + Send + 'static,
{
    match &*caller.who {
        Who::Visitor(visitor) => {
            own_room(visitor, named.as_deref())?;
            then(caller, visitor.session_id, &visitor.room);
        }
        Who::Agent(_) => {
            let room: Arc<str> = named.ok_or(Refusal::Invalid)?.into();
            if let Some(session_id) = caller.signaling.rooms.session_of(&room) {
                then(caller, session_id, &room);
                return Ok(());
            }
            let caller = caller.clone();
            tokio::spawn(async move {
                let wanted = room.clone();
                match caller
                    .signaling
                    .app
                    .readers
                    .ask(move |connection| sessions::of_room(connection, &wanted))
                    .await
                {
                    Ok(Some(session)) => then(&caller, session.id, &room),
                    Ok(None) => caller.refuse(Refusal::Room),
                    Err(error) => caller.refuse(error.into()),
                }
            });
        }
    }
    Ok(())
}

fn on_history(caller: &Caller, event: HistoryIn) -> Result<(), Refusal> {
    caller.check(Limit::History, Limit::AgentHistory)?;
    let limit = event.limit.unwrap_or(HISTORY_DEFAULT);
    let positive = |id: Option<i64>| id.is_none_or(|id| id >= 0);
    if !(1..=HISTORY_MAX).contains(&limit) || !positive(event.before) || !positive(event.after) {
        return Err(Refusal::Invalid);
    }
    let range = Range {
        before: event.before,
        after: event.after,
        limit: limit as usize,
    };
    in_room(caller, event.room, move |caller, session_id, room| {
        let caller = caller.clone();
        let room = room.clone();
        tokio::spawn(async move {
            let links = caller.signaling.app.links;
            match caller
                .signaling
                .app
                .readers
                .ask(move |connection| page(connection, links, session_id, range))
                .await
            {
                Ok(page) => {
                    let bytes = page.messages.iter().map(Message::varying_bytes).sum();
                    match caller.socket.data.may_be_sent(bytes) {
                        Ok(()) => {
                            report_delivered(&caller, session_id, &room, &page);
                            caller.ok(&page);
                        }
                        Err(retry_after_ms) => caller.refuse(Refusal::RateLimited { retry_after_ms }),
                    }
                }
                Err(error) => caller.refuse(error.into()),
            }
        });
    })
}

/// What a client has fetched was delivered to it.
fn report_delivered(caller: &Caller, session_id: i64, room: &Arc<str>, page: &Page) {
    let Some(newest) = page.messages.last() else { return };
    let receipts = match &*caller.who {
        Who::Visitor(_) => Receipts {
            visitor_delivered: newest.id,
            ..Receipts::default()
        },
        Who::Agent(_) => Receipts {
            agent_delivered: newest.id,
            ..Receipts::default()
        },
    };
    caller.signaling.receipts.report(session_id, room, receipts);
}

fn on_typing(caller: &Caller, event: TypingIn) -> Result<(), Refusal> {
    caller.check(Limit::Typing, Limit::AgentTyping)?;
    not_blocked(caller)?;
    in_room(caller, event.room, move |caller, session_id, room| {
        let (from, author) = match &*caller.who {
            Who::Visitor(_) => (Sender::Visitor, None),
            Who::Agent(agent) => (Sender::Agent, Some(agent.name.as_str())),
        };
        let packet = packet::event(
            "typing",
            &TypingOut {
                room,
                from,
                author,
                on: event.on,
            },
        );
        if from == Sender::Agent {
            caller.signaling.rooms.to_visitors(session_id, None, &packet);
        }
        caller.signaling.rooms.to_agents(Some(&caller.socket), &packet);
        caller.ok(&Done {});
    })
}

fn on_read(caller: &Caller, event: ReadIn) -> Result<(), Refusal> {
    caller.check(Limit::Read, Limit::AgentRead)?;
    not_blocked(caller)?;
    if event.up_to <= 0 {
        return Err(Refusal::Invalid);
    }
    in_room(caller, event.room, move |caller, session_id, room| {
        let receipts = match &*caller.who {
            Who::Visitor(_) => Receipts {
                visitor_read: event.up_to,
                ..Receipts::default()
            },
            Who::Agent(_) => Receipts {
                agent_read: event.up_to,
                ..Receipts::default()
            },
        };
        caller.signaling.receipts.report(session_id, room, receipts);
        caller.ok(&Done {});
    })
}

fn on_open(caller: &Caller, event: OpenIn) -> Result<(), Refusal> {
    caller.check(Limit::AgentOpen, Limit::AgentOpen)?;
    let choice = caller.signaling.rooms.turn_away(&caller.socket);
    if event.room.is_none() {
        caller.ok(&Done {});
        return Ok(());
    }
    in_room(caller, event.room, move |caller, session_id, _| {
        caller.signaling.rooms.opened(&caller.socket, choice, session_id);
        caller.ok(&Done {});
    })
}
