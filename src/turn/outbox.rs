//! What waits to be written to a TCP client. A client that does not read loses data, as over UDP; nobody waits for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::packet::{Kind, padded};

/// A second of a slow line. More would only make a call's data late.
const WAITING_BYTES_MAX: usize = 64 * 1024;
/// Answers may wait besides: few, and wanted more than data.
const ANSWERS_BYTES_MAX: usize = 4 * 1024;
/// A buffer that has grown beyond this is given back when it is empty.
const KEPT_BYTES: usize = 16 * 1024;

/// The bytes for one client.
#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Vec<u8>>,
    wake: Notify,
}

impl Outbox {
    /// Adds a packet, ChannelData with its padding (RFC 8656 §12.5). `false`: too much is waiting, it is dropped.
    pub fn push(&self, packet: &[u8]) -> bool {
        let Some(first) = packet.first() else {
            return true;
        };
        // Answers have the bit of their class set (RFC 8489 §5).
        let is_answer = Kind::of(*first) == Kind::Stun && *first & 1 != 0;
        let room = WAITING_BYTES_MAX + if is_answer { ANSWERS_BYTES_MAX } else { 0 };
        let mut waiting = self.waiting();
        if waiting.len() + padded(packet.len()) > room {
            return false;
        }
        let was_empty = waiting.is_empty();
        waiting.extend_from_slice(packet);
        let length = padded(waiting.len());
        waiting.resize(length, 0);
        drop(waiting);
        if was_empty {
            self.wake.notify_one();
        }
        true
    }

    /// Waits until there is something, and puts it into `taken`.
    pub async fn take(&self, taken: &mut Vec<u8>) {
        taken.clear();
        taken.shrink_to(KEPT_BYTES);
        loop {
            {
                let mut waiting = self.waiting();
                if !waiting.is_empty() {
                    std::mem::swap(&mut *waiting, taken);
                    return;
                }
            }
            self.wake.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn data_is_padded_and_what_is_too_much_is_dropped() {
        let outbox = Outbox::default();
        assert!(outbox.push(&[0x40, 0, 0, 1, 9]));
        let mut taken = Vec::new();
        outbox.take(&mut taken).await;
        assert_eq!(taken, [0x40, 0, 0, 1, 9, 0, 0, 0]);
        let mut data = vec![0x40; 1204];
        data[2..4].copy_from_slice(&1200_u16.to_be_bytes());
        let passed = (0..1000).filter(|_| outbox.push(&data)).count();
        assert_eq!(passed, WAITING_BYTES_MAX / data.len());
        assert!(outbox.push(&[1; 400]), "an answer still finds room");
        outbox.take(&mut taken).await;
        assert_eq!(taken.len(), passed * data.len() + 400);
        assert!(outbox.push(&data));
    }
}
