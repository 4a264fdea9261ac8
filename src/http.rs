//! HTTP, thin: who is it, may they, is it well-formed; then the storage or the signaling does the work.
//!
//! - [`router`] lists every route, grouped by who calls it;
//! - [`hoops`] is what every request goes through, in order;
//! - [`problem`] is what every error looks like, [`body`] what goes in and out;
//! - [`client`] knows the caller's address and origin, [`signed_in`] the agent behind a cookie;
//! - [`pages`] serves the web client, [`socket`] hands Socket.IO requests to the signaling;
//! - [`visitor`], [`upload`], [`file`], [`operator`], [`clock`] and [`admin`] are the handlers.

pub mod admin;
pub mod body;
pub mod client;
pub mod clock;
pub mod file;
pub mod hoops;
pub mod ice;
pub mod operator;
pub mod pages;
pub mod problem;
pub mod router;
pub mod signed_in;
pub mod socket;
pub mod upload;
pub mod visitor;
