//! A method's parameters with one file among them, as `multipart/form-data` (RFC 7578).

use std::path::PathBuf;

use ureq::unversioned::multipart::{Form, Part};

use super::Fault;

/// A file to send.
#[derive(Debug, Clone)]
pub struct FilePart {
    /// The parameter it is, as `photo`.
    pub field: &'static str,
    /// The name people see.
    pub name: String,
    /// Its type, as `image/jpeg`.
    pub mime: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Where a file's bytes are.
#[derive(Clone)]
pub enum Source {
    /// On the disk: they are read as they are sent.
    File(PathBuf),
    /// Here.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

/// The body of a request: `fields` in their order, then the file.
pub(super) fn form<'a>(fields: &'a [(&str, String)], file: &'a FilePart) -> Result<Form<'a>, Fault> {
    let mut form = Form::new();
    for (name, value) in fields {
        form = form.text(name, value);
    }
    let bytes = match &file.source {
        Source::File(path) => Part::file(path).map_err(|error| Fault::Unreadable(error.kind().to_string()))?,
        Source::Bytes(bytes) => Part::bytes(bytes),
    };
    let bytes = bytes.file_name(&quotable(&file.name));
    let bytes = bytes
        .mime_str(&file.mime)
        .map_err(|_| Fault::Unreadable("it is of no type that can be named".to_owned()))?;
    Ok(form.part(file.field, bytes))
}

/// A name as browsers write it between quotes (<https://html.spec.whatwg.org/#multipart-form-data>): ureq writes it as it
/// is given.
fn quotable(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '"' => "%22".to_owned(),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect()
}
