//! What the two sides of a call tell each other: checked for its form and passed on, never looked into further, never
//! logged.
//!
//! A browser trusts its own parser, not ours; this keeps everything else out of the other side's page: long texts, control
//! characters, other objects.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// An offer with audio, video, a screen and every codec Chromium knows has about 12 KB.
pub const SDP_MAX_BYTES: usize = 32 * 1024;

/// A candidate has about 150 bytes; extensions make some longer.
const CANDIDATE_MAX_BYTES: usize = 1024;

/// `m=` sections; ours have three.
const SECTIONS_MAX: u16 = 32;

/// Tokens such as a `mid` or a user name fragment (RFC 8839 §5.4: up to 256).
const TOKEN_MAX_BYTES: usize = 256;

/// `signal` of a client, but for its `call_id`: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signal<'a> {
    /// An offer or an answer (RFC 8829).
    Description(Description<'a>),
    /// A candidate, or that there are no more (RFC 8838).
    Candidate(Candidate<'a>),
    /// What this side sends at the moment.
    State(State),
}

/// `RTCSessionDescriptionInit`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Description<'a> {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: DescriptionKind,
    /// SDP.
    #[serde(borrow)]
    pub sdp: Cow<'a, str>,
}

/// Rollback is done at home, provisional answers are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DescriptionKind {
    /// What one side would like.
    Offer,
    /// What the other makes of it.
    Answer,
}

/// `RTCIceCandidateInit`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Candidate<'a> {
    /// `candidate:…`; empty: no more of this generation.
    #[serde(borrow)]
    pub candidate: Cow<'a, str>,
    /// Which section.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<Cow<'a, str>>,
    /// Which section, by its place.
    #[serde(skip_serializing_if = "Option::is_none", rename = "sdpMLineIndex")]
    pub sdp_m_line_index: Option<u16>,
    /// Which generation.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<Cow<'a, str>>,
}

/// What a side sends, for the other side's page to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The microphone is on.
    pub audio: bool,
    /// A picture is sent.
    pub video: bool,
    /// The picture is a screen.
    pub screen: bool,
}

impl Signal<'_> {
    /// Has it the form of what a browser makes?
    pub fn is_well_formed(&self) -> bool {
        match self {
            Signal::Description(description) => is_sdp(&description.sdp),
            Signal::Candidate(candidate) => candidate.is_well_formed(),
            Signal::State(_) => true,
        }
    }
}

/// Lines of `x=…`, the first one `v=0` (RFC 8866 §5), each ending in CRLF.
fn is_sdp(sdp: &str) -> bool {
    let is_line = |line: &str| {
        let [kind, b'=', ..] = line.as_bytes() else {
            return false;
        };
        kind.is_ascii_lowercase() && !line.chars().any(char::is_control)
    };
    sdp.len() <= SDP_MAX_BYTES
        && sdp.starts_with("v=0\r\n")
        && sdp
            .strip_suffix("\r\n")
            .is_some_and(|lines| lines.split("\r\n").all(is_line))
}

impl Candidate<'_> {
    fn is_well_formed(&self) -> bool {
        let is_token = |token: &Option<Cow<'_, str>>| {
            token
                .as_ref()
                .is_none_or(|token| token.len() <= TOKEN_MAX_BYTES && token.bytes().all(|byte| byte.is_ascii_graphic()))
        };
        is_candidate(&self.candidate)
            && is_token(&self.sdp_mid)
            && is_token(&self.username_fragment)
            && self.sdp_m_line_index.is_none_or(|index| index < SECTIONS_MAX)
    }
}

/// `candidate:foundation component transport priority address port typ type …` (RFC 8839 §5.1), as browsers write it.
fn is_candidate(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    if text.len() > CANDIDATE_MAX_BYTES || !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return false;
    }
    let Some(rest) = text.strip_prefix("candidate:") else {
        return false;
    };
    let words: Vec<&str> = rest.split(' ').collect();
    let [_, component, transport, priority, address, port, "typ", kind, ..] = words[..] else {
        return false;
    };
    words.iter().all(|word| !word.is_empty())
        && component
            .parse::<u16>()
            .is_ok_and(|component| (1..=256).contains(&component))
        && (transport.eq_ignore_ascii_case("udp") || transport.eq_ignore_ascii_case("tcp"))
        && priority.parse::<u32>().is_ok()
        && is_address(address)
        && port.parse::<u16>().is_ok()
        && matches!(kind, "host" | "srflx" | "prflx" | "relay")
}

/// An IP address, or the mDNS name that browsers hide it behind (draft-ietf-mmusic-mdns-ice-candidates).
fn is_address(address: &str) -> bool {
    let is_label =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    address.parse::<IpAddr>().is_ok() || address.strip_suffix(".local").is_some_and(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_make_passes() {
        // Chromium, Firefox, Safari.
        for text in [
            "",
            "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EsAw network-cost 999",
            "candidate:0 1 UDP 2122252543 4b1d8d30-4d5c-4b8b-9c38-6a1a6a2d2f7a.local 54321 typ host",
            "candidate:1 1 TCP 2105524479 2001:db8::1 9 typ host tcptype active",
            "candidate:3 2 udp 41885439 198.51.100.4 3478 typ relay raddr 192.0.2.3 rport 50000",
        ] {
            assert!(is_candidate(text), "{text}");
        }
        assert!(is_sdp("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"));
    }

    #[test]
    fn other_things_do_not() {
        for text in [
            "x",
            "candidate:",
            "candidate:1 1 udp 1 203.0.113.7 1 typ",
            "candidate:1 1 udp 1 203.0.113.7 1 typ evil",
            "candidate:1 1 sctp 1 203.0.113.7 1 typ host",
            "candidate:1 0 udp 1 203.0.113.7 1 typ host",
            "candidate:1 1 udp 1 203.0.113.7 70000 typ host",
            "candidate:1 1 udp -1 203.0.113.7 1 typ host",
            "candidate:1 1 udp 1 example.com 1 typ host",
            "candidate:1 1 udp 1 .local 1 typ host",
            "candidate:1 1 udp 1 203.0.113.7 1 typ host\r\na=evil",
            "candidate:1 1 udp 1 203.0.113.7 1 typ host  two",
            "a=candidate:1 1 udp 1 203.0.113.7 1 typ host",
        ] {
            assert!(!is_candidate(text), "{text}");
        }
        let long = format!("candidate:1 1 udp 1 203.0.113.7 1 typ host {}", "x".repeat(1024));
        assert!(!is_candidate(&long));
        for sdp in [
            "",
            "v=0",
            "v=0\r\n\r\n",
            "v=1\r\n",
            "v=0\r\nhello\r\n",
            "v=0\na=x\n",
            "v=0\r\na=\u{0}\r\n",
            "v=0\r\na=x\r\n<script>\r\n",
        ] {
            assert!(!is_sdp(sdp), "{sdp:?}");
        }
        assert!(!is_sdp(&format!("v=0\r\na={}\r\n", "x".repeat(SDP_MAX_BYTES))));
    }
}
