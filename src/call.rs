//! The rules of calls, without I/O: who may ring whom, what answers it, and how it ends.
//!
//! - [`line`] is what remains of a call: its line in the thread;
//! - [`times`] are the time-outs;
//! - [`calls`] are all calls and what happens to them, the state machine; `one` is one of them;
//! - [`effect`] is what the machine wants done;
//! - [`ice_server`] is a STUN or TURN server as a browser is told of it;
//! - [`signal`] checks what the two sides tell each other (RFC 8829, RFC 8839).

pub mod calls;
pub mod effect;
pub mod ice_server;
pub mod line;
mod one;
pub mod signal;
pub mod times;

#[cfg(test)]
mod tests;

pub use calls::{Calls, Dialed, NewCall, Refused, Resumed, Saved};
pub use effect::{Change, Effect, Ended, Ring};
pub use line::{CallLine, Media, Reason, Side};
pub use one::{Caller, Person};
