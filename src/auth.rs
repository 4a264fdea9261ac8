//! Who somebody is, and what somebody may open: passwords, one-time codes, recovery codes, random tokens, signed links,
//! sealed secrets.
//! Nothing here touches storage or HTTP.

pub mod file_link;
pub mod password;
pub mod qr;
pub mod recovery;
pub mod sealed;
pub mod token;
pub mod totp;
pub mod username;
