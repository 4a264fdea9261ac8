//! What an agent's pages ask over HTTP.

pub mod account;
pub mod answer;
mod code;
pub mod relay;
pub mod session_list;
pub mod session_one;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod telegram;
