//! Pictures are decoded by a process of their own, one at a time: what a hostile picture can break there is nothing but
//! its own decoding.

use std::path::{Path, PathBuf};

use super::look::Refused;
use super::picture::Picture;

/// Has pictures decoded.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: PathBuf,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The picture's fault.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many wait already.
    #[error("too many pictures are waiting")]
    Busy,
    /// Ours; the text is for the log.
    #[error("{0}")]
    Failed(String),
}

impl Decoder {
    /// Uses `program`, which is this one, at whatever path.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Uses the program that is running.
    ///
    /// # Errors
    /// The system does not say where it is.
    pub fn of_this_program() -> std::io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?))
    }

    /// Has the picture `input` written anew to `image_out`, and a small one to `thumb_out`. Both are created or
    /// overwritten; after an error they may exist and are worth nothing.
    ///
    /// # Errors
    /// The picture is refused, or it was not tried, or it could not be.
    pub async fn make_anew(
        &self,
        input: std::fs::File,
        image_out: &Path,
        thumb_out: &Path,
    ) -> Result<Picture, DecodeError> {
        let _ = (input, image_out, thumb_out);
        Err(DecodeError::Failed(format!(
            "{} is not asked yet",
            self.program.display()
        )))
    }
}
