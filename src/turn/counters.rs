//! What the relay has done, for health, metrics and tests.

/// Since the start, but for `allocations`, which is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Allocations there are now.
    pub allocations: u64,
    /// Allocations that were made.
    pub made: u64,
    /// Allocations that ended, by their client, in time, or with their connection.
    pub ended: u64,
    /// Packets handed from one allocation to another.
    pub relayed_packets: u64,
    /// Their data, in bytes.
    pub relayed_bytes: u64,
    /// Data for what is no allocation of the same call, or has not permitted its sender.
    pub undeliverable: u64,
    /// Data beyond what one allocation may send.
    pub too_fast: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Requests without an answer: their address had its share of challenges.
    pub silenced: u64,
    /// Packets that are neither STUN nor ChannelData, or broken.
    pub malformed: u64,
}
