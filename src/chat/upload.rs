//! What a message may carry besides its text.

use salvo::oapi::ToSchema;
use serde::Serialize;

use super::Kind;

/// An upload as clients see it (PROTOCOL): the answer to sending it, and part of its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Upload {
    /// Public id.
    pub id: String,
    /// A safe name with the extension of its type.
    pub name: String,
    /// By content, never by name.
    pub mime: String,
    /// Bytes.
    pub size: i64,
    /// A signed link; it expires.
    pub url: String,
    /// A signed link to a small copy of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
    /// Of a picture, pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of a picture, pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of sound and video, when it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

impl Kind {
    /// What a message with an upload of this type is called. `is_picture`: we have made it anew.
    pub fn of_upload(mime: &str, is_picture: bool) -> Kind {
        if is_picture {
            Kind::Image
        } else if mime.starts_with("audio/") {
            Kind::Audio
        } else {
            Kind::File
        }
    }
}
