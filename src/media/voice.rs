//! A browser's recording as Telegram wants its voice messages: the same Opus packets, taken out of WebM (RFC 9559) and put
//! into Ogg (RFC 7845). Nothing is decoded, so nothing is lost, and a hostile file costs no more than reading it once.
//!
//! What recorders do not write (packets laced into one block, compressed blocks, more than two channels) is not converted:
//! it can still be sent as a file.

mod ogg_opus;
mod webm;

use std::io::Read;

use ogg_opus::Writer;

/// What anybody may upload unless the owner allows more; Telegram takes 50 MB, but plays only short ones as voice.
pub const INPUT_BYTES_MAX: u64 = 25 * 1024 * 1024;

/// Why there is no Ogg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotConverted {
    /// More than [`INPUT_BYTES_MAX`].
    #[error("the recording is too large")]
    TooLarge,
    /// No WebM, no Opus in it, or Opus in a form that recorders do not write.
    #[error("the recording is not Opus in WebM")]
    NotOpus,
    /// It breaks its format.
    #[error("the recording is damaged")]
    Damaged,
    /// It cannot be read.
    #[error("the recording cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
}

/// The recording `webm`, read from where it stands to its end, as Ogg. A recording that was cut off gives what is there. The
/// result is not larger than what was read, but for some hundred bytes.
///
/// # Errors
/// [`NotConverted`]; also when there is no sound in it.
pub fn ogg_opus(webm: &mut impl Read) -> Result<Vec<u8>, NotConverted> {
    let mut limited = webm.take(INPUT_BYTES_MAX + 1);
    let mut recording = webm::Recording::begin(&mut limited)?;
    let mut writer = Writer::begin(recording.head()?)?;
    while let Some(packet) = recording.packet()? {
        writer.packet(packet)?;
    }
    if limited.limit() == 0 {
        return Err(NotConverted::TooLarge);
    }
    writer.end()
}

#[cfg(test)]
mod tests;
