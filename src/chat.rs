//! The rules of a chat, without I/O: what a message is, who may say what, what a refusal is called.

pub mod message;
pub mod refusal;
pub mod text;
pub mod upload;

pub use message::{Kind, Message, NewMessage, Sender, Via};
pub use refusal::Refusal;
pub use upload::Upload;
