//! How bad a figure may be on any machine before something is broken. The aims are higher; these must never flicker.

use std::time::Duration;

/// A quarter of the aim of 20,000: a shared machine still reaches it, a commit for every message does not.
const ACKED_PER_SECOND: f64 = 5_000.0;
/// Group commit must pay: many in flight are faster than one.
const ACKED_PER_SECOND_BUSY: f64 = 10_000.0;
/// Where syncing is slow, no server can do more than one commit a sync, with one message of every chat in it. This share
/// of that limit is asked for; a commit for every message would reach a fiftieth of it.
const SHARE_OF_THE_DISK: f64 = 0.25;
/// The aim is 12 MiB. Five sixths of it are pages of the program's own file, and how many the kernel maps beside each that
/// is touched depends on how the file lies in its cache: it differs by more than one MiB of the same program. With
/// Telegram's client in the file it was 12.5 on a machine where it had been 11.7.
const RESIDENT_BYTES: u64 = 14 * 1024 * 1024;
/// A quarter above the aim of 16 KiB, for what the allocator of another machine rounds up.
const BYTES_PER_IDLE_SOCKET: u64 = 20 * 1024;
/// Ten times the budget of 50 ms, because another process may have the core.
const START: Duration = Duration::from_millis(500);

/// Of what `cp`, `sync` and `sha256sum` reach together. The server also reads a socket and a multipart body, on one core
/// that it shares with the kernel's side of both.
const SHARE_OF_CP: f64 = 0.2;
/// An upload is never wholly in memory: 100 MB of them take less than one of them is large.
const UPLOAD_BYTES: u64 = 16 * 1024 * 1024;

pub struct Measured {
    pub start: Duration,
    pub resident_bytes: u64,
    pub bytes_per_idle_socket: u64,
    /// The slower of the means before and after the loads.
    pub sync: Duration,
    pub chats: usize,
    pub acked_per_second: f64,
    pub acked_per_second_busy: f64,
    /// The slower of one after the other and all at the same time.
    pub upload_mb_per_second: f64,
    pub upload_mb_per_second_of_the_machine: f64,
    pub upload_bytes_above_idle: u64,
}

/// One sentence for each figure that is worse than its floor.
pub fn broken(m: &Measured) -> Vec<String> {
    let disk = SHARE_OF_THE_DISK * m.chats as f64 / m.sync.as_secs_f64();
    let (one, busy) = (ACKED_PER_SECOND.min(disk), ACKED_PER_SECOND_BUSY.min(disk * 2.0));
    let upload = SHARE_OF_CP * m.upload_mb_per_second_of_the_machine;
    let checks = [
        (m.start <= START, format!("start took {:?}, at most {START:?}", m.start)),
        (
            m.resident_bytes <= RESIDENT_BYTES,
            format!(
                "{} bytes resident after start, at most {RESIDENT_BYTES}",
                m.resident_bytes
            ),
        ),
        (
            m.bytes_per_idle_socket <= BYTES_PER_IDLE_SOCKET,
            format!(
                "{} bytes for each idle socket, at most {BYTES_PER_IDLE_SOCKET}",
                m.bytes_per_idle_socket
            ),
        ),
        (
            m.acked_per_second >= one,
            format!(
                "{:.0} acked messages/s, one in flight: at least {one:.0}",
                m.acked_per_second
            ),
        ),
        (
            m.acked_per_second_busy >= busy,
            format!(
                "{:.0} acked messages/s, 20 in flight: at least {busy:.0}",
                m.acked_per_second_busy
            ),
        ),
        (
            m.upload_mb_per_second >= upload,
            format!("{:.0} MB/s of uploads: at least {upload:.0}", m.upload_mb_per_second),
        ),
        (
            m.upload_bytes_above_idle <= UPLOAD_BYTES,
            format!(
                "{} bytes above idle for uploads, at most {UPLOAD_BYTES}",
                m.upload_bytes_above_idle
            ),
        ),
    ];
    checks
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| what)
        .collect()
}
