//! Telegram, the owner's pocket: how to speak with it, how it is set up, and what is said.
//!
//! - [`api`] speaks with the Bot API, [`resolver`] finds its host on a machine that has nothing but this program;
//! - [`pocket`] is what is known of the owner's Telegram, [`trouble`] what can be wrong with it;
//! - [`words`] are the bot's, [`compose`] makes messages of them;
//! - [`quiet`] are the hours without a sound, [`backoff`] is the patience after a failure.

pub mod api;
pub mod backoff;
pub mod compose;
pub mod pocket;
pub mod quiet;
pub mod resolver;
pub mod trouble;
pub mod words;
