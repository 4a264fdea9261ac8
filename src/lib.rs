//! Konuşma: live chat for a small business's website, in one binary with its own database.
//!
//! The tour, in reading order. Dependencies point upwards only: what stands below may use what stands above it.
//!
//! - [`chat`] are the rules: what a message is, what a refusal is called; no I/O;
//! - [`call`] are the rules of calls: who rings whom, and how it ends; no I/O;
//! - [`clock`], [`error`], [`config`], [`data_dir`], [`logging`]: the time, what can go wrong at the start, how it was
//!   started, where its files are, what it tells;
//! - [`auth`] makes and checks passwords, one-time codes and tokens;
//! - [`media`] finds out what a file is, and makes pictures anew;
//! - [`storage`] is the only place with SQL: one thread that writes, a few connections that read;
//! - [`limits`] is the table of every rate limit;
//! - [`turn`] is the relay for calls that find no direct way: STUN and TURN on one port;
//! - [`ice`] tells browsers of it, or of other servers, and finds out whether it works;
//! - [`uploads`] receives files, keeps them under their hashes, and removes them;
//! - [`telegram`] is the owner's pocket: tells of visitors, and brings answers back;
//! - [`app`] holds what every request may need;
//! - [`signaling`] is Socket.IO: who is connected, and what they send each other (src/PROTOCOL.md is the contract);
//! - [`bot`] brings notices to Telegram and answers back;
//! - [`health`] is the list of what may be wrong, and tells when something is;
//! - [`late`] looks for visitors who wait too long;
//! - [`assets`] are the pages inside the binary, [`http`] the routes;
//! - [`scheduler`] is the table of jobs, [`demo`] the throw-away business of `--demo`;
//! - [`server`] puts it together, listens, and stops;
//! - [`cli`] is one file a subcommand.

pub mod app;
pub mod assets;
pub mod auth;
pub mod bot;
pub mod call;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod demo;
#[cfg(test)]
mod dice;
pub mod error;
pub mod health;
pub mod http;
pub mod ice;
pub mod late;
pub mod limits;
pub mod logging;
pub mod media;
pub mod scheduler;
pub mod server;
pub mod signaling;
pub mod storage;
pub mod telegram;
pub mod turn;
pub mod uploads;
