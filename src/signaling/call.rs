//! `/call`: who may ring whom is decided by the rules ([`crate::call`]); here packets become events, and effects packets.
//!
//! - [`desk`] has the rules' state and who is connected, behind one lock: what happens to calls happens in one order;
//! - [`connect`] lets sockets into `/call`, [`place`] is what a connection is in it;
//! - [`events`] has every event and ack type, [`handle`] handles them;
//! - [`record`] writes calls down, and their lines into their threads.

pub mod connect;
pub mod desk;
pub mod events;
pub mod handle;
pub mod place;
pub mod record;

pub use desk::Desk;

#[cfg(test)]
mod tests;
