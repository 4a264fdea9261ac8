//! One message on its way to Telegram: in the form it is shown best, then in simpler ones.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::media::voice;
use crate::storage::outbox::Attached;
use crate::storage::telegram::Language;
use crate::telegram::api::types::Sent;
use crate::telegram::api::{Api, Fault, FilePart, Source};
use crate::telegram::compose::{Part, Shown, Text};
use crate::telegram::words;
use crate::uploads::store::Store;

/// For words.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// For a file, on top: what a slow line takes for it.
const SLOW_LINE_BYTES_PER_S: u64 = 150_000;

/// Where a message goes, and how.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// Telegram's chat.
    pub chat_id: i64,
    /// `message_thread_id`.
    pub topic_id: Option<i64>,
    /// `message_id` of what it answers.
    pub reply_to: Option<i64>,
    /// Without a sound.
    pub silent: bool,
    /// `inline_keyboard`: one button.
    pub button: Option<Value>,
}

impl Destination {
    /// The chat itself.
    pub fn chat(chat_id: i64) -> Destination {
        Destination {
            chat_id,
            ..Destination::default()
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Value)> {
        let mut parameters = vec![("chat_id", json!(self.chat_id))];
        if let Some(topic) = self.topic_id {
            parameters.push(("message_thread_id", json!(topic)));
        }
        if let Some(reply_to) = self.reply_to {
            let reply = json!({"message_id": reply_to, "allow_sending_without_reply": true});
            parameters.push(("reply_parameters", reply));
        }
        if self.silent {
            parameters.push(("disable_notification", json!(true)));
        }
        if let Some(button) = &self.button {
            parameters.push(("reply_markup", json!({"inline_keyboard": [[button]]})));
        }
        parameters
    }
}

/// Sends words. Answers the message's id.
pub fn text(api: &Api, to: &Destination, text: &Text) -> Result<i64, Fault> {
    let mut body = serde_json::Map::new();
    for (name, value) in to.parameters() {
        body.insert(name.to_owned(), value);
    }
    body.insert("text".to_owned(), json!(text.text));
    body.insert("entities".to_owned(), text.entities());
    body.insert("link_preview_options".to_owned(), json!({"is_disabled": true}));
    let sent: Sent = api.call("sendMessage", &Value::Object(body), PATIENCE)?;
    Ok(sent.message_id)
}

/// Sends a part. What Telegram does not take in one form it is offered in a simpler one, and in the end only the name.
pub fn part(api: &Api, store: &Store, to: &Destination, part: &Part, language: Language) -> Result<i64, Fault> {
    let (attached, shown, caption) = match part {
        Part::Text(words) => return text(api, to, words),
        Part::File(attached, shown, caption) => (attached, *shown, caption),
    };
    let mut next = Some(shown);
    while let Some(shown) = next {
        next = shown.simpler(&attached.mime);
        match file(api, store, to, attached, shown, caption) {
            Ok(Some(id)) => return Ok(id),
            // It is not there, or not of this form.
            Ok(None) => {}
            Err(fault) if is_about_the_file(&fault) => {
                tracing::info!(%fault, form = shown.method().0, "telegram does not take a file in this form");
            }
            Err(fault) => return Err(fault),
        }
    }
    let name = words::CANNOT_SHOW.fill(language, &[&attached.name]);
    let words = if caption.text.is_empty() {
        name
    } else {
        format!("{}\n{name}", caption.text)
    };
    text(api, to, &Text::plain(words))
}

/// Another form may help; everything else is about the chat, and is somebody else's business.
fn is_about_the_file(fault: &Fault) -> bool {
    match fault {
        Fault::Refused { code: 413, .. } | Fault::Unreadable(_) => true,
        Fault::Refused {
            code: 400, description, ..
        } => {
            let description = description.to_lowercase();
            ["thread not found", "topic", "chat not found", "upgraded", "reply"]
                .iter()
                .all(|words| !description.contains(words))
        }
        _ => false,
    }
}

fn file(
    api: &Api,
    store: &Store,
    to: &Destination,
    attached: &Attached,
    shown: Shown,
    caption: &Text,
) -> Result<Option<i64>, Fault> {
    let path = store.path(&attached.sha256);
    let (source, name, mime) = match shown {
        Shown::VoiceInWebm => match in_ogg(&path) {
            Some(bytes) => (Source::Bytes(bytes), "voice.ogg".to_owned(), "audio/ogg".to_owned()),
            None => return Ok(None),
        },
        _ => (Source::File(path), attached.name.clone(), attached.mime.clone()),
    };
    let (method, field) = shown.method();
    let mut fields: Vec<(&'static str, String)> = to
        .parameters()
        .into_iter()
        .map(|(name, value)| (name, as_field(&value)))
        .collect();
    if !caption.text.is_empty() {
        fields.push(("caption", caption.text.clone()));
        fields.push(("caption_entities", caption.entities().to_string()));
    }
    if let (Shown::Voice | Shown::VoiceInWebm | Shown::Audio, Some(length)) = (shown, attached.duration_ms) {
        fields.push(("duration", (length / 1000).max(1).to_string()));
    }
    let part = FilePart {
        field,
        name,
        mime,
        source,
    };
    let patience = PATIENCE + Duration::from_secs(attached.size.unsigned_abs() / SLOW_LINE_BYTES_PER_S);
    let sent: Sent = api.upload(method, &fields, part, patience)?;
    Ok(Some(sent.message_id))
}

/// A recording in the container that Telegram plays.
fn in_ogg(recording: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(recording).ok()?;
    match voice::ogg_opus(&mut file) {
        Ok(ogg) => Some(ogg),
        Err(error) => {
            tracing::info!(%error, "a recording goes to telegram as a file");
            None
        }
    }
}

/// In a form every value is text: JSON, but for what is text already.
fn as_field(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
