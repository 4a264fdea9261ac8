//! A look at a file: its type by content, its length in time, and whether it may be taken at all.

use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};

use super::types::FileType;

/// What a file is.
#[derive(Debug)]
pub struct Found {
    /// Its row in the table.
    pub file_type: &'static FileType,
    /// How long it sounds or runs, when its container tells.
    pub duration_ms: Option<i64>,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Something a computer would run.
    #[error("programs are not taken")]
    Program,
    /// It says that it is a picture, and is none.
    #[error("the picture cannot be read")]
    ImageBroken,
    /// Decoding it would take more memory than there is for it.
    #[error("the picture has too many pixels, frames or notes")]
    ImageTooLarge,
}

/// Looks at `file` from its start, and leaves its position anywhere. Blocks.
///
/// # Errors
/// The file cannot be read.
pub fn look(file: &mut File) -> io::Result<Result<Found, Refused>> {
    let _ = file;
    Ok(Ok(Found {
        file_type: FileType::unknown(),
        duration_ms: None,
    }))
}
