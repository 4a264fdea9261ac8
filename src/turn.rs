//! The relay for calls that find no direct way: STUN (RFC 8489) and TURN (RFC 8656) over UDP and TCP, on one port.
//!
//! Relayed addresses are served in memory: each stands for an allocation of this relay, and data goes from one to another
//! of the same room and nowhere else. No range of ports is opened, and nothing inside a network can be reached through it.
//!
//! - [`client`] is who sends, over what, and when; [`packet`] and [`framing`] are what the bytes say;
//! - [`credentials`] are minted here for an hour, and computed again when somebody brings them;
//! - [`nonce`] and [`challenges`] keep strangers out without remembering them;
//! - [`allocation`] is one place in the relay, [`table`] all of them;
//! - [`engine`] takes a packet and says what to send, `identity`, `requests`, `allocating`, `forward` and [`answer`] are its parts; no I/O so far;
//! - [`relay`] listens, with a loop for UDP and one for each TCP connection;
//! - [`probe`] is a client of our own, with which [`self_test`] asks the relay whether it works.

mod allocating;
pub mod allocation;
pub mod answer;
pub mod challenges;
pub mod client;
pub mod counters;
pub mod credentials;
pub mod engine;
mod forward;
pub mod framing;
mod identity;
pub mod nonce;
mod outbox;
pub mod packet;
pub mod probe;
pub mod relay;
mod requests;
pub mod self_test;
mod shared;
pub mod table;
mod tcp;
mod udp;

pub use relay::{Relay, TurnConfig};

#[cfg(test)]
mod tests;
