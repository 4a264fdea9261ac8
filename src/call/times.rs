//! The time-outs of a call, in milliseconds.

/// A phone rings for so long: two mailboxes' patience.
pub const RING_MS: i64 = 45_000;

/// Between "accepted" and the first media. ICE gives a path up after about 15 seconds, and is started again once.
pub const CONNECT_MS: i64 = 30_000;

/// A side whose connection to the server is gone may come back within this.
pub const RECONNECT_MS: i64 = 20_000;

/// A caller whose connection is gone while it rings: nobody should run to a phone for somebody who has left.
pub const CALLER_BACK_MS: i64 = 8_000;

/// No call is longer; the relay forgets it then, too (`turn::allocation`).
pub const LONGEST_MS: i64 = 12 * 3_600_000;
