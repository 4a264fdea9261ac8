//! Every event and ack of `/call` (PROTOCOL). What clients send is strict: an unknown field is refused.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::ice_server::IceServer;
use crate::call::signal::{Candidate, Description, Signal, State};
use crate::call::{Media, Reason, Resumed, Side};
use crate::chat::Refusal;
use crate::signaling::caller::{object, parse};

/// What a client may send.
#[derive(Debug)]
pub enum Event<'a> {
    /// Begins a call.
    Call(CallIn),
    /// Answers one.
    Accept(OfCall<'a>),
    /// Does not want to.
    Decline(OfCall<'a>),
    /// Ends one.
    HangUp(HangUpIn<'a>),
    /// Has media.
    Connected(OfCall<'a>),
    /// Tells the other side something.
    Signal(SignalIn<'a>),
    /// Takes its place in a running call again.
    Resume(OfCall<'a>),
}

impl<'a> Event<'a> {
    /// Reads an event; [`Refusal::UnknownEvent`] or [`Refusal::Invalid`].
    pub fn parse(name: &str, arguments: &[&'a RawValue]) -> Result<Event<'a>, Refusal> {
        Ok(match name {
            "call" => Event::Call(parse(arguments)?),
            "accept" => Event::Accept(parse(arguments)?),
            "decline" => Event::Decline(parse(arguments)?),
            "hangup" => Event::HangUp(parse(arguments)?),
            "connected" => Event::Connected(parse(arguments)?),
            "signal" => Event::Signal(parse(arguments)?),
            "resume" => Event::Resume(parse(arguments)?),
            _ => return Err(Refusal::UnknownEvent),
        })
    }
}

/// `call` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallIn {
    /// What it is to begin with.
    pub media: Media,
    /// Agents say whom.
    pub room: Option<String>,
}

/// `accept`, `decline`, `connected` and `resume` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfCall<'a> {
    /// Which.
    #[serde(borrow)]
    pub call_id: Cow<'a, str>,
}

/// `hangup` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HangUpIn<'a> {
    /// Which.
    #[serde(borrow)]
    pub call_id: Cow<'a, str>,
    /// No media came through, or none any more.
    #[serde(default)]
    pub failed: bool,
}

/// `signal` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalIn<'a> {
    /// Which call.
    #[serde(borrow)]
    pub call_id: Cow<'a, str>,
    /// One of these three: an offer or an answer;
    #[serde(borrow, default, deserialize_with = "object")]
    pub description: Option<Description<'a>>,
    /// a candidate;
    #[serde(borrow, default, deserialize_with = "object")]
    pub candidate: Option<Candidate<'a>>,
    /// what is sent at the moment.
    #[serde(default, deserialize_with = "object")]
    pub state: Option<State>,
}

impl<'a> SignalIn<'a> {
    /// The one that it has; `None`: none, several, or not well-formed.
    pub fn signal(self) -> Option<(Cow<'a, str>, Signal<'a>)> {
        let signal = match (self.description, self.candidate, self.state) {
            (Some(description), None, None) => Signal::Description(description),
            (None, Some(candidate), None) => Signal::Candidate(candidate),
            (None, None, Some(state)) => Signal::State(state),
            _ => return None,
        };
        signal.is_well_formed().then_some((self.call_id, signal))
    }
}

/// Ack of `call`.
#[derive(Debug, Serialize)]
pub struct CallAck<'a> {
    /// Public id of the call.
    pub call_id: &'a str,
    /// What it began with.
    pub media: Media,
    /// The other side was calling at the same moment, and this accepts it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// As `RTCPeerConnection` takes them.
    pub ice_servers: Vec<IceServer>,
}

/// Ack of `accept`.
#[derive(Debug, Serialize)]
pub struct AcceptAck {
    /// What it began with.
    pub media: Media,
    /// As `RTCPeerConnection` takes them.
    pub ice_servers: Vec<IceServer>,
}

/// Ack of `resume`.
#[derive(Debug, Serialize)]
pub struct ResumeAck {
    /// `ringing`, `accepted` or `connected`.
    pub state: &'static str,
    /// What it began with.
    pub media: Media,
    /// Who called.
    pub caller: Side,
    /// The other side is connected to the server.
    pub peer_online: bool,
    /// As `RTCPeerConnection` takes them.
    pub ice_servers: Vec<IceServer>,
}

impl ResumeAck {
    /// With these servers.
    pub fn new(resumed: &Resumed, ice_servers: Vec<IceServer>) -> ResumeAck {
        ResumeAck {
            state: resumed.state,
            media: resumed.media,
            caller: resumed.caller,
            peer_online: resumed.peer_online,
            ice_servers,
        }
    }
}

/// `ring` to clients.
#[derive(Debug, Serialize)]
pub struct RingOut<'a> {
    /// Which call.
    pub call_id: &'a str,
    /// Whose thread.
    pub room: &'a str,
    /// Name of the caller.
    pub from: &'a str,
    /// Who called.
    pub caller: Side,
    /// What it is to begin with.
    pub media: Media,
    /// How long it goes on ringing, ms.
    pub ends_in_ms: i64,
}

/// `accepted` to clients.
#[derive(Debug, Serialize)]
pub struct AcceptedOut<'a> {
    /// Which call.
    pub call_id: &'a str,
    /// Name of the agent who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

/// `declined` to clients.
#[derive(Debug, Serialize)]
pub struct DeclinedOut<'a> {
    /// Which call.
    pub call_id: &'a str,
}

/// `signal` to clients.
#[derive(Debug, Serialize)]
pub struct SignalOut<'a> {
    /// Which call.
    pub call_id: &'a str,
    /// What the other side says.
    #[serde(flatten)]
    pub signal: &'a Signal<'a>,
}

/// `peer` to clients.
#[derive(Debug, Serialize)]
pub struct PeerOut<'a> {
    /// Which call.
    pub call_id: &'a str,
    /// The other side is connected to the server.
    pub online: bool,
}

/// `ended` to clients.
#[derive(Debug, Serialize)]
pub struct EndedOut<'a> {
    /// Which call.
    pub call_id: &'a str,
    /// Whose thread.
    pub room: &'a str,
    /// Why.
    pub reason: Reason,
    /// From the first media to the end, ms.
    pub duration_ms: i64,
}
