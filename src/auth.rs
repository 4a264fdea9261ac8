//! Who somebody is: passwords, one-time codes, recovery codes and random tokens. Nothing here touches storage or HTTP.

pub mod password;
pub mod qr;
pub mod recovery;
pub mod token;
pub mod totp;
pub mod username;
