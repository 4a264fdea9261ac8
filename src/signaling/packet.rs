//! The Socket.IO protocol, revision 5, as far as text goes:
//! `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`
//! (<https://socket.io/docs/v4/socket-io-protocol/>).
//!
//! Why not the `socketioxide` crate, whose Engine.IO layer is used below this: its CONNECT_ERROR carries a message only,
//! and clients of ours are promised `data.code`; it spawns a task an event, which gives up the order of a socket's
//! messages that invariant 2 rests on; and a broadcast is encoded anew for each socket. Our clients send no binary
//! events, which leaves one page of protocol.

use engineioxide::Str;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::chat::Refusal;

/// The namespace of the chat.
pub const CHAT: &str = "/chat";

/// The namespace of calls.
pub const CALL: &str = "/call";

/// What a client may send.
#[derive(Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Wants into a namespace, with its `auth` as JSON.
    Connect {
        /// The namespace.
        namespace: &'a str,
        /// JSON, empty when there is none.
        auth: &'a str,
    },
    /// Leaves a namespace.
    Disconnect {
        /// The namespace.
        namespace: &'a str,
    },
    /// `["name", data…]`, with the id of the ack it wants.
    Event {
        /// The namespace.
        namespace: &'a str,
        /// What the ack must carry.
        ack: Option<u64>,
        /// A JSON array.
        data: &'a str,
    },
    /// An event with binary attachments, which follow; none of ours takes any.
    Binary {
        /// The namespace.
        namespace: &'a str,
        /// What the ack must carry.
        ack: Option<u64>,
        /// How many follow.
        attachments: usize,
    },
    /// Answers an event of ours; we ask for none.
    Ack,
}

/// A packet that no client of revision 5 sends; its connection is closed.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// Digits an ack id may have; clients count from 0.
const DIGITS_MAX: usize = 15;

/// Attachments an event may have before its connection is closed.
const ATTACHMENTS_MAX: u64 = 10;

/// Takes a packet apart; the JSON in it is not looked at yet.
pub fn decode(text: &str) -> Result<Packet<'_>, Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed)?;
    let (attachments, rest) = match (kind, rest.split_once('-')) {
        ("5", Some((count, rest))) => (
            Some(number(count)?.filter(|n| *n <= ATTACHMENTS_MAX).ok_or(Malformed)?),
            rest,
        ),
        _ => (None, rest),
    };
    let (namespace, rest) = match rest.strip_prefix('/') {
        // The namespace ends at the first comma, or with the packet.
        Some(_) => rest.split_once(',').unwrap_or((rest, "")),
        None => ("/", rest),
    };
    match kind {
        "0" => Ok(Packet::Connect { namespace, auth: rest }),
        "1" => Ok(Packet::Disconnect { namespace }),
        "2" | "5" => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (ack, data) = rest.split_at(digits);
            let ack = number(ack)?;
            if !data.starts_with('[') {
                return Err(Malformed);
            }
            match (kind, attachments) {
                ("2", _) => Ok(Packet::Event { namespace, ack, data }),
                (_, Some(attachments)) => Ok(Packet::Binary {
                    namespace,
                    ack,
                    attachments: attachments as usize,
                }),
                (_, None) => Err(Malformed),
            }
        }
        "3" => Ok(Packet::Ack),
        _ => Err(Malformed),
    }
}

/// The number that digits are; `None` for no digits.
fn number(digits: &str) -> Result<Option<u64>, Malformed> {
    match digits {
        "" => Ok(None),
        _ if digits.len() > DIGITS_MAX => Err(Malformed),
        _ => digits.parse().map(Some).map_err(|_| Malformed),
    }
}

/// The array of an event: its name and its arguments.
pub fn arguments(data: &str) -> Result<(String, Vec<&RawValue>), Malformed> {
    let mut all: Vec<&RawValue> = serde_json::from_str(data).map_err(|_| Malformed)?;
    if all.is_empty() {
        return Err(Malformed);
    }
    let name = serde_json::from_str(all.remove(0).get()).map_err(|_| Malformed)?;
    Ok((name, all))
}

/// JSON of a type of ours. Their serialisation cannot fail: no maps with odd keys, no foreign `Serialize`.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The answer to CONNECT.
pub fn connected(namespace: &str, sid: &str) -> Str {
    format!("0{namespace},{{\"sid\":\"{sid}\"}}").into()
}

/// The refusal of a CONNECT, with the stable code that PROTOCOL promises in `data`.
pub fn connect_error(namespace: &str, code: &str, message: &str) -> Str {
    let body = serde_json::json!({ "message": message, "data": { "code": code } });
    format!("4{namespace},{body}").into()
}

/// The end of a namespace, from our side.
pub fn disconnected(namespace: &str) -> Str {
    format!("1{namespace},").into()
}

/// An event of `/chat` to clients; encoded once, however many receive it.
pub fn event(name: &str, data: &impl Serialize) -> Str {
    format!("2{CHAT},[\"{name}\",{}]", json(data)).into()
}

/// An event of `/call` to clients.
pub fn call_event(name: &str, data: &impl Serialize) -> Str {
    format!("2{CALL},[\"{name}\",{}]", json(data)).into()
}

/// The ack of an event: `{"ok":true, …}` with the fields of `data`, which is an object.
pub fn ack_ok(namespace: &str, id: u64, data: &impl Serialize) -> Str {
    let data = json(data);
    let (comma, fields) = if data == "{}" { ("", "}") } else { (",", &data[1..]) };
    format!("3{namespace},{id}[{{\"ok\":true{comma}{fields}]").into()
}

/// The ack of an event that was refused.
pub fn ack_refused(namespace: &str, id: u64, refusal: Refusal) -> Str {
    #[derive(Serialize)]
    struct Refused<'a> {
        ok: bool,
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    }
    let refused = Refused {
        ok: false,
        code: refusal.code(),
        message: refusal.sentence(),
        retry_after_ms: refusal.retry_after_ms(),
    };
    format!("3{namespace},{id}[{}]", json(&refused)).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_the_specification() {
        assert_eq!(
            decode("0/chat,{\"token\":\"x\"}").unwrap(),
            Packet::Connect {
                namespace: "/chat",
                auth: "{\"token\":\"x\"}"
            }
        );
        assert_eq!(
            decode("0/chat,").unwrap(),
            Packet::Connect {
                namespace: "/chat",
                auth: ""
            }
        );
        assert_eq!(
            decode("0/chat").unwrap(),
            Packet::Connect {
                namespace: "/chat",
                auth: ""
            }
        );
        assert_eq!(
            decode("0").unwrap(),
            Packet::Connect {
                namespace: "/",
                auth: ""
            }
        );
        assert_eq!(decode("1/chat,").unwrap(), Packet::Disconnect { namespace: "/chat" });
        assert_eq!(
            decode("2/chat,12[\"a\",{}]").unwrap(),
            Packet::Event {
                namespace: "/chat",
                ack: Some(12),
                data: "[\"a\",{}]"
            }
        );
        assert_eq!(
            decode("2[\"a\"]").unwrap(),
            Packet::Event {
                namespace: "/",
                ack: None,
                data: "[\"a\"]"
            }
        );
    }

    #[test]
    fn binary_events_are_known_so_that_they_can_be_refused() {
        let refused = Packet::Binary {
            namespace: "/chat",
            ack: Some(7),
            attachments: 2,
        };
        assert_eq!(
            decode("52-/chat,7[\"a\",{\"_placeholder\":true,\"num\":0}]").unwrap(),
            refused
        );
    }

    #[test]
    fn what_no_client_sends_is_malformed() {
        for text in [
            "",
            "5/chat,[]",
            "6",
            "9",
            "é",
            "2/chat,{}",
            "2/chat,9999999999999999[]",
            "4/chat,{}",
        ] {
            assert_eq!(decode(text), Err(Malformed), "{text}");
        }
        for data in ["[", "[]", "[1]", "[{}]", "[\"a\"", "[\"a\",]", "[\"a\"]x"] {
            assert!(arguments(data).is_err(), "{data}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_a_client_sends_panics(text in "\\PC*", head in "[0-9]{0,2}(/[a-z,]{0,6})?[0-9]{0,20}") {
            let _ = decode(&text);
            if let Ok(Packet::Event { data, .. }) = decode(&format!("{head}{text}")) {
                let _ = arguments(data);
            }
        }
    }

    #[test]
    fn an_ack_has_the_fields_of_its_data() {
        use crate::signaling::events::{Done, MessageAck};
        let text: String = ack_ok(CHAT, 3, &MessageAck { id: 7, at: 9 }).into();
        assert_eq!(text, r#"3/chat,3[{"ok":true,"id":7,"at":9}]"#);
        let text: String = ack_ok(CHAT, 4, &Done {}).into();
        assert_eq!(text, r#"3/chat,4[{"ok":true}]"#);
    }

    #[test]
    fn a_refusal_has_its_code() {
        let text: String = connect_error(CHAT, "token", "no \"such\" token").into();
        assert_eq!(
            text,
            r#"4/chat,{"data":{"code":"token"},"message":"no \"such\" token"}"#
        );
        let text: String = ack_refused(CHAT, 7, Refusal::RateLimited { retry_after_ms: 5 }).into();
        assert!(
            text.starts_with("3/chat,7[{\"ok\":false,\"code\":\"rate_limited\""),
            "{text}"
        );
        assert!(text.ends_with("\"retry_after_ms\":5}]"), "{text}");
    }
}
