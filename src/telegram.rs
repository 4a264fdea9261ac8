//! Telegram, the owner's pocket. [`api`] speaks with the Bot API, [`resolver`] finds its host on a machine that has nothing
//! but this program.

pub mod api;
pub mod resolver;
