//! What a file is, by its content; pictures made anew without what hides in them.
//!
//! [`look`] reads the few bytes that tell a file's type, how long it sounds, and whether a picture is safe to decode;
//! [`types`] is the table of types, [`name`] makes a name that fits. [`decoder`] has pictures decoded by a process of
//! its own, which does [`picture`]. [`voice`] puts a recording into the container that Telegram plays.

pub mod decoder;
pub mod look;
pub mod name;
pub mod picture;
#[cfg(test)]
#[allow(clippy::unwrap_used, missing_docs)]
mod samples;
pub mod types;
pub mod voice;

pub use decoder::{DecodeError, Decoder};
pub use look::{Found, Refused, look};
pub use picture::Picture;
pub use types::{FileType, Group};
