//! Tells visitors and agents what was stored. Call these after the commit, in the order of commits (the writer's `done`).

use std::sync::Arc;

use super::engine::EngineSocket;
use super::events::{AgentsOnline, Edited, SessionForAgents, SessionForVisitor, SessionGone};
use super::{Signaling, packet};
use crate::chat::{Kind, Message, NewMessage, Sender};
use crate::storage::messages::Stored;
use crate::storage::receipts::Receipts;
use crate::storage::sessions::Thread;

impl Signaling {
    /// Tells the agents about a new thread.
    pub fn announce_new(&self, thread: &Thread) {
        let packet = packet::event("session", &SessionForAgents { event: "new", thread });
        self.rooms.to_agents(None, &packet);
    }

    /// Tells the agents what a thread is like now, and its visitor what concerns the visitor.
    pub fn announce_changed(&self, thread: &Thread) {
        self.rooms.set_blocked(thread.id, thread.blocked);
        let packet = packet::event(
            "session",
            &SessionForAgents {
                event: "changed",
                thread,
            },
        );
        self.rooms.to_agents(None, &packet);
        let for_visitor = SessionForVisitor {
            room: &thread.room,
            status: thread.status,
            name: &thread.name,
        };
        self.rooms
            .to_visitors(thread.id, None, &packet::event("session", &for_visitor));
    }

    /// Sends a line of the server's own to a thread and the agents.
    pub fn announce_line(&self, id: i64, line: &Message) {
        let packet = packet::event("message", line);
        self.rooms.to_visitors(id, None, &packet);
        self.rooms.to_agents(None, &packet);
    }

    /// Tells everybody that a thread was erased, and ends its visitor's connections.
    pub fn announce_erased(&self, id: i64, room: &str) {
        let packet = packet::event("session", &SessionGone { room, deleted: true });
        self.rooms.to_agents(None, &packet);
        self.rooms.to_visitors(id, None, &packet);
        self.rooms.end_visitors(id);
        self.calls.erase(id, room);
    }

    /// Tells everybody how many agents there are.
    pub fn announce_agents_online(&self) {
        let packet = packet::event(
            "presence",
            &AgentsOnline {
                agents_online: self.rooms.agents_online(),
            },
        );
        self.rooms.to_everybody(&packet);
    }

    /// Sends a message of a visitor or an agent on, unless it was stored before: to the visitor, to the agents, but not
    /// to `except`, which is where it came from. `author` is the agent's name; `reopened` the thread as it is now, when
    /// this message has opened it again.
    pub fn announce_message(
        &self,
        except: Option<&EngineSocket>,
        new: &NewMessage,
        room: Arc<str>,
        author: Option<String>,
        stored: Stored,
        reopened: Option<Box<Thread>>,
    ) {
        if !stored.is_new {
            return;
        }
        if let Some(line) = &stored.reopened {
            self.announce_line(new.chat_session_id, line);
        }
        let message = Message {
            id: stored.id,
            room: room.clone(),
            client_id: new.client_id,
            from: new.sender,
            author,
            kind: stored.upload.as_ref().map_or(Kind::Text, |upload| upload.kind()),
            text: new.text.as_deref().map(str::to_owned),
            upload: stored.upload.map(|upload| upload.linked(self.app.links, stored.at)),
            call: None,
            reply_to: new.reply_to,
            at: stored.at,
            via: new.via,
            edited_at: None,
        };
        let session_id = new.chat_session_id;
        let delivered = self
            .rooms
            .deliver(session_id, except, &packet::event("message", &message));
        let receipts = match new.sender {
            Sender::Visitor if delivered.to_agent => Receipts {
                agent_delivered: stored.id,
                ..Receipts::default()
            },
            Sender::Agent if delivered.to_visitor => Receipts {
                visitor_delivered: stored.id,
                ..Receipts::default()
            },
            _ => Receipts::default(),
        };
        if new.sender == Sender::Visitor || receipts != Receipts::default() {
            self.receipts.report(session_id, &room, receipts);
        }
        if let Some(mut thread) = reopened {
            thread.visitor_online = self.rooms.is_online(session_id);
            self.announce_changed(&thread);
        }
    }

    /// Tells a thread's visitor and the agents what a message says now.
    pub fn announce_edited(&self, session_id: i64, message: &Message) {
        let edited = Edited {
            id: message.id,
            room: &message.room,
            text: message.text.as_deref(),
            edited_at: message.edited_at.unwrap_or(message.at),
        };
        self.rooms.deliver(session_id, None, &packet::event("edited", &edited));
    }
}
