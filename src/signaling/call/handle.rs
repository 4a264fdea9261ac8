//! The events of `/call`.

use std::sync::Arc;
use std::time::Duration;

use engineioxide::sid::Sid;
use serde_json::value::RawValue;

use super::desk;
use super::events::{AcceptAck, CallAck, CallIn, Event, HangUpIn, OfCall, ResumeAck, SignalIn};
use crate::auth::token;
use crate::call::ice_server::IceServer;
use crate::call::{Caller as Person, Calls, Dialed, Effect, Media, NewCall, Refused, Side};
use crate::chat::Refusal;
use crate::clock::now_ms;
use crate::limits::Limit;
use crate::signaling::Signaling;
use crate::signaling::caller::{Caller, own_room};
use crate::signaling::engine::{EngineSocket, Who};
use crate::signaling::events::Done;
use crate::signaling::identify::host_of;
use crate::signaling::packet::CALL;
use crate::storage::settings::CallsAllowed;
use crate::storage::{calls, sessions};
use crate::turn::credentials::Role;

/// Handles one event; every refusal is acked with its code and changes nothing.
pub fn on_event(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    who: &Arc<Who>,
    name: &str,
    arguments: &[&RawValue],
    ack: Option<u64>,
) {
    let caller = Caller::new(signaling, socket, who, CALL, ack);
    let handled = Event::parse(name, arguments).and_then(|event| match event {
        Event::Call(event) => on_call(&caller, event),
        Event::Accept(event) => on_accept(&caller, &event),
        Event::Decline(event) => on_decline(&caller, &event),
        Event::HangUp(event) => on_hang_up(&caller, &event),
        Event::Connected(event) => on_connected(&caller, &event),
        Event::Signal(event) => on_signal(&caller, event),
        Event::Resume(event) => on_resume(&caller, &event),
    });
    if let Err(refusal) = handled {
        caller.refuse(refusal);
    }
}

impl Caller {
    fn in_call(&self) -> Person<Sid> {
        desk::caller(&self.who, &self.socket)
    }

    fn check_signal(&self) -> Result<(), Refusal> {
        self.check(Limit::Signal, Limit::AgentSignal)
    }

    /// What this side's `RTCPeerConnection` needs; both sides of a call are given credentials of the same room.
    fn ice_servers(&self, room: &str) -> Vec<IceServer> {
        let role = match &*self.who {
            Who::Visitor(_) => Role::Visitor,
            Who::Agent(_) => Role::Agent,
        };
        self.signaling.app.ice.for_side(room, role, &host_of(&self.socket))
    }
}

fn on_call(caller: &Caller, event: CallIn) -> Result<(), Refusal> {
    caller.check(Limit::Call, Limit::AgentCall)?;
    match (caller.signaling.app.settings().calls, event.media) {
        (CallsAllowed::Off, _) | (CallsAllowed::Audio, Media::Video) => return Err(Refusal::Off),
        _ => {}
    }
    match &*caller.who {
        Who::Visitor(visitor) => {
            own_room(visitor, event.room.as_deref())?;
            let wanted = Wanted {
                session_id: visitor.session_id,
                room: visitor.room.clone(),
                media: event.media,
            };
            dial(caller, wanted, DIALS)
        }
        Who::Agent(_) => {
            let room: Arc<str> = event.room.ok_or(Refusal::Invalid)?.into();
            let caller = caller.clone();
            tokio::spawn(async move {
                let wanted = room.clone();
                let readers = &caller.signaling.app.readers;
                let found = match readers
                    .ask(move |connection| sessions::of_room(connection, &wanted))
                    .await
                {
                    Ok(Some(session)) if caller.signaling.calls.is_online(session.id) => Ok(session.id),
                    Ok(Some(_)) => Err(Refusal::Unreachable),
                    Ok(None) => Err(Refusal::Room),
                    Err(error) => Err(error.into()),
                };
                if let Err(refusal) = found.and_then(|session_id| {
                    let wanted = Wanted {
                        session_id,
                        room,
                        media: event.media,
                    };
                    dial(&caller, wanted, DIALS)
                }) {
                    caller.refuse(refusal);
                }
            });
            Ok(())
        }
    }
}

/// A call that somebody wants to begin.
struct Wanted {
    session_id: i64,
    room: Arc<str>,
    media: Media,
}

/// Both sides call at the same moment: the second one waits for the first one's call to be on disk, and joins it.
const DIALS: u32 = 100;
const DIAL_AGAIN: Duration = Duration::from_millis(10);

/// The call is on disk before the caller hears that it rings, and before it does.
fn dial(caller: &Caller, wanted: Wanted, tries: u32) -> Result<(), Refusal> {
    let Wanted {
        session_id,
        ref room,
        media,
    } = wanted;
    let signaling = &caller.signaling;
    let id: Arc<str> = token::random_public_id().into();
    let new = NewCall {
        id: id.clone(),
        session_id,
        room: room.clone(),
        caller: caller.in_call(),
        media,
    };
    // Before it is dialled: the place cannot be gone afterwards.
    let slot = signaling.app.writer.reserve()?;
    let dialed = signaling.calls.act_at(caller.socket.id, |calls, now, _, effects| {
        let dialed = calls.dial(now, new, effects)?;
        if let Dialed::Joined { id, media } = &dialed {
            caller.ok(&CallAck {
                call_id: id,
                media: *media,
                accepted: true,
                ice_servers: caller.ice_servers(room),
            });
        }
        Ok(dialed)
    });
    if dialed == Err(Refused::Dialing) && tries > 0 {
        drop(slot);
        let caller = caller.clone();
        tokio::spawn(async move {
            tokio::time::sleep(DIAL_AGAIN).await;
            if let Err(refusal) = dial(&caller, wanted, tries - 1) {
                caller.refuse(refusal);
            }
        });
        return Ok(());
    }
    if dialed? != Dialed::New {
        return Ok(());
    }
    let (side, agent) = match &*caller.who {
        Who::Visitor(_) => (Side::Visitor, None),
        Who::Agent(agent) => (Side::Agent, Some(agent)),
    };
    let row = calls::NewCall {
        id: id.clone(),
        chat_session_id: session_id,
        caller: side,
        agent_id: agent.map(|agent| agent.agent_id),
        media,
    };
    let agent_name = agent.map(|agent| agent.name.clone());
    let (caller, room) = (caller.clone(), room.clone());
    slot.submit(
        move |connection| calls::begin(connection, &row, now_ms()),
        move |begun| {
            let desk = &caller.signaling.calls;
            let refusal = match begun {
                Ok(Ok(visitor_name)) => {
                    tracing::info!(call = %id, %room, by = side.as_str(), media = media.as_str(), "a call");
                    caller.ok(&CallAck {
                        call_id: &id,
                        media,
                        accepted: false,
                        ice_servers: caller.ice_servers(&room),
                    });
                    // There may be a notice now.
                    caller.signaling.app.pocket.wake();
                    let name = agent_name.unwrap_or(visitor_name).into();
                    return desk.act(|calls, now, online, effects| calls.ring(now, &id, name, online, effects));
                }
                Ok(Err(refused)) => refused.into(),
                Err(error) => error.into(),
            };
            desk.act(|calls, _, _, _| calls.forget_dialed(&id));
            caller.refuse(refusal);
        },
    );
    Ok(())
}

// What follows from these is told after their acks: a client knows that it is in a call before the other side's offer comes.

fn on_accept(caller: &Caller, event: &OfCall<'_>) -> Result<(), Refusal> {
    act(caller, |calls, now, _, effects| {
        let media = calls.accept(now, &event.call_id, &caller.in_call(), effects)?;
        let room = calls.room(&event.call_id).unwrap_or_default();
        caller.ok(&AcceptAck {
            media,
            ice_servers: caller.ice_servers(&room),
        });
        Ok(())
    })
}

fn on_decline(caller: &Caller, event: &OfCall<'_>) -> Result<(), Refusal> {
    act(caller, |calls, now, online, effects| {
        calls.decline(now, &event.call_id, &caller.in_call(), online, effects)?;
        caller.ok(&Done {});
        Ok(())
    })
}

fn on_hang_up(caller: &Caller, event: &HangUpIn<'_>) -> Result<(), Refusal> {
    act(caller, |calls, now, _, effects| {
        calls.hang_up(now, &event.call_id, caller.socket.id, event.failed, effects)?;
        caller.ok(&Done {});
        Ok(())
    })
}

fn on_connected(caller: &Caller, event: &OfCall<'_>) -> Result<(), Refusal> {
    act(caller, |calls, now, _, effects| {
        calls.connected(now, &event.call_id, caller.socket.id, effects)?;
        caller.ok(&Done {});
        Ok(())
    })
}

fn on_resume(caller: &Caller, event: &OfCall<'_>) -> Result<(), Refusal> {
    act(caller, |calls, _, _, effects| {
        let resumed = calls.resume(&event.call_id, &caller.in_call(), effects)?;
        let room = calls.room(&event.call_id).unwrap_or_default();
        caller.ok(&ResumeAck::new(&resumed, caller.ice_servers(&room)));
        Ok(())
    })
}

fn act(
    caller: &Caller,
    act: impl FnOnce(&mut Calls<Sid>, i64, &[i64], &mut Vec<Effect<Sid>>) -> Result<(), Refused>,
) -> Result<(), Refusal> {
    caller.check_signal()?;
    Ok(caller.signaling.calls.act_at(caller.socket.id, act)?)
}

fn on_signal(caller: &Caller, event: SignalIn<'_>) -> Result<(), Refusal> {
    caller.check_signal()?;
    let (call_id, signal) = event.signal().ok_or(Refusal::Invalid)?;
    caller.signaling.calls.signal(&call_id, &caller.socket, &signal)?;
    caller.ok(&Done {});
    Ok(())
}
