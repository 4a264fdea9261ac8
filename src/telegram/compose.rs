//! From what is to be told to what Telegram takes: plain text with entities, counted in UTF-16 units as Telegram does.

use serde_json::{Value, json};

use super::words::{self, Words};
use crate::chat::Kind;
use crate::storage::outbox::{About, Attached, Said};
use crate::storage::telegram::Language;

/// `sendMessage`, `text`.
pub const TEXT_MAX: usize = 4096;
/// `caption`.
pub const CAPTION_MAX: usize = 1024;
/// `createForumTopic`, `name`.
const TOPIC_MAX: usize = 128;

/// Text with its bold beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Plain.
    pub text: String,
    /// UTF-16 units from `bold.0` that are bold.
    bold: Option<(usize, usize)>,
    /// Where the bold words lead.
    link: Option<String>,
}

impl Text {
    /// Without anything bold.
    pub fn plain(text: impl Into<String>) -> Text {
        Text {
            text: text.into(),
            ..Text::default()
        }
    }

    /// Begins with something bold.
    pub fn bold(start: &str, rest: &str) -> Text {
        Text {
            text: format!("{start}{rest}"),
            bold: Some((0, units(start))),
            link: None,
        }
    }

    /// Something bold in the middle.
    pub fn with_bold(before: &str, bold: &str, after: &str) -> Text {
        Text {
            text: format!("{before}{bold}{after}"),
            bold: Some((units(before), units(bold))),
            link: None,
        }
    }

    /// Its bold words lead there: people find the thread in the panel, and we find out whom a message is about.
    pub fn linked(self, url: &str) -> Text {
        Text {
            link: Some(url.to_owned()),
            ..self
        }
    }

    /// As `entities` or `caption_entities`.
    pub fn entities(&self) -> Value {
        let Some((offset, length)) = self.bold.filter(|(_, length)| *length > 0) else {
            return json!([]);
        };
        let mut entities = vec![json!({"type": "bold", "offset": offset, "length": length})];
        if let Some(url) = &self.link {
            entities.push(json!({"type": "text_link", "offset": offset, "length": length, "url": url}));
        }
        Value::Array(entities)
    }

    fn push(&mut self, more: &str) {
        self.text.push_str(more);
    }

    /// Pieces of at most `max` units, the bold beginning in the first.
    pub fn pieces(self, max: usize) -> Vec<Text> {
        let (bold, link) = (self.bold, self.link.clone());
        let mut pieces: Vec<Text> = split(&self.text, max).into_iter().map(Text::plain).collect();
        if let Some(first) = pieces.first_mut() {
            first.bold = bold.filter(|(offset, length)| offset + length <= units(&first.text));
            first.link = link;
        }
        pieces
    }
}

/// Length as Telegram counts it.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// At most `max` units of the beginning.
pub fn cut(text: &str, max: usize) -> &str {
    let mut left = max;
    let end = text
        .char_indices()
        .find(|(_, c)| match left.checked_sub(c.len_utf16()) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
    end.map_or(text, |(end, _)| &text[..end])
}

/// Pieces of at most `max` units, cut where a line or a word ends when there is one in the last half.
fn split(text: &str, max: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let most = cut(rest, max);
        let end = if most.len() == rest.len() {
            most.len()
        } else {
            let good = most.rfind('\n').or_else(|| most.rfind(' '));
            good.filter(|end| *end > most.len() / 2).unwrap_or(most.len())
        };
        let (piece, after) = rest.split_at(end);
        if !piece.trim_end().is_empty() {
            pieces.push(piece.trim_end().to_owned());
        }
        rest = after.trim_start();
    }
    pieces
}

/// How Telegram shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// `sendPhoto`.
    Photo,
    /// `sendAnimation`.
    Animation,
    /// `sendVoice`, as it is.
    Voice,
    /// `sendVoice`, after a change of its container.
    VoiceInWebm,
    /// `sendAudio`.
    Audio,
    /// `sendDocument`.
    Document,
}

/// `sendPhoto`: 10 MB, 10,000 pixels both sides together, 20 to 1.
fn is_photo(file: &Attached) -> bool {
    let fits = file
        .pixels
        .is_some_and(|(width, height)| width + height <= 10_000 && width.max(height) <= 20 * width.min(height));
    fits && file.size <= 10_000_000 && matches!(file.mime.as_str(), "image/jpeg" | "image/png" | "image/webp")
}

impl Shown {
    /// How a message with this file is shown best.
    pub fn of(kind: Kind, file: &Attached) -> Shown {
        match (kind, file.mime.as_str()) {
            (Kind::Image, "image/gif") => Shown::Animation,
            (Kind::Image, _) if is_photo(file) => Shown::Photo,
            (Kind::Audio, "audio/ogg" | "audio/mpeg" | "audio/mp4" | "audio/x-m4a" | "audio/m4a") => Shown::Voice,
            (Kind::Audio, "audio/webm") => Shown::VoiceInWebm,
            _ => Shown::Document,
        }
    }

    /// What is tried when Telegram does not take it so.
    pub fn simpler(self, mime: &str) -> Option<Shown> {
        match self {
            // `sendAudio` takes MP3 and M4A only.
            Shown::Voice if mime != "audio/ogg" => Some(Shown::Audio),
            Shown::Document => None,
            _ => Some(Shown::Document),
        }
    }

    /// The method, and the parameter that has the file.
    pub fn method(self) -> (&'static str, &'static str) {
        match self {
            Shown::Photo => ("sendPhoto", "photo"),
            Shown::Animation => ("sendAnimation", "animation"),
            Shown::Voice | Shown::VoiceInWebm => ("sendVoice", "voice"),
            Shown::Audio => ("sendAudio", "audio"),
            Shown::Document => ("sendDocument", "document"),
        }
    }
}

/// One message in Telegram.
#[derive(Debug, Clone)]
pub enum Part {
    /// Words.
    Text(Text),
    /// A file with its caption.
    File(Attached, Shown, Text),
}

/// The beginning of a visitor's thread: name, how to reach the visitor, language, page.
pub fn head(about: &About, language: Language) -> Text {
    let (before, after) = words::NEW_CHAT.of(language).split_once("{}").unwrap_or_default();
    let mut head = Text::with_bold(before, &about.name, after);
    let facts = [
        about.email.clone(),
        about
            .locale
            .as_deref()
            .map(|locale| words::LANGUAGE.fill(language, &[locale])),
        about.page_url.clone(),
    ];
    for fact in facts.into_iter().flatten() {
        head.push("\n");
        head.push(&fact);
    }
    head
}

/// Name of a visitor's topic.
pub fn topic_name(name: &str) -> String {
    cut(name, TOPIC_MAX).trim_end().to_owned()
}

/// Messages of one visitor, in order. `named`: the visitor's name stands before them; `head`: their thread begins here;
/// `url`: it is there in the panel.
pub fn messages(said: &[Said], name: &str, named: bool, head: Option<Text>, url: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let texts: Vec<&str> = said
        .iter()
        .filter(|said| said.attached.is_none())
        .filter_map(|said| said.text.as_deref())
        .collect();
    let file = said
        .iter()
        .find_map(|said| said.attached.as_ref().map(|file| (said, file)));
    let words = texts.join("\n");
    let with = |text: &str| begin(text, name, named, head.as_ref()).linked(url);
    match file {
        None => parts.extend(with(&words).pieces(TEXT_MAX).into_iter().map(Part::Text)),
        Some((said, file)) => {
            let caption = with(said.text.as_deref().unwrap_or_default());
            let shown = Shown::of(said.kind, file);
            if units(&caption.text) <= CAPTION_MAX {
                parts.push(Part::File(file.clone(), shown, caption));
            } else {
                parts.push(Part::File(file.clone(), shown, with("")));
                let rest = Text::plain(said.text.clone().unwrap_or_default());
                parts.extend(rest.pieces(TEXT_MAX).into_iter().map(Part::Text));
            }
        }
    }
    parts
}

fn begin(text: &str, name: &str, named: bool, head: Option<&Text>) -> Text {
    match (head, named) {
        (Some(head), _) if text.is_empty() => head.clone(),
        (Some(head), _) => {
            let mut head = head.clone();
            head.push("\n\n");
            head.push(text);
            head
        }
        (None, true) if text.is_empty() => Text::bold(name, ""),
        (None, true) => Text::bold(name, &format!(": {text}")),
        (None, false) => Text::plain(text),
    }
}

/// A sentence about a visitor, whose name fills its first place and is bold.
pub fn about_visitor(sentence: Words, language: Language, name: &str, others: &[&str]) -> Text {
    let (before, rest) = sentence
        .of(language)
        .split_once("{}")
        .unwrap_or((sentence.of(language), ""));
    let mut after = String::new();
    let mut parts = rest.split("{}");
    after.push_str(parts.next().unwrap_or_default());
    for (part, value) in parts.zip(others) {
        after.push_str(value);
        after.push_str(part);
    }
    Text::with_bold(before, name, &after)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        Said {
            id: 1,
            kind: Kind::Text,
            text: Some(text.to_owned()),
            reply_to: None,
            attached: None,
        }
    }

    fn file(mime: &str, pixels: Option<(i64, i64)>, size: i64) -> Attached {
        Attached {
            sha256: [0; 32],
            name: "x".to_owned(),
            mime: mime.to_owned(),
            size,
            pixels,
            duration_ms: None,
        }
    }

    fn texts(parts: &[Part]) -> Vec<&Text> {
        parts
            .iter()
            .map(|part| match part {
                Part::Text(text) | Part::File(_, _, text) => text,
            })
            .collect()
    }

    #[test]
    fn lengths_are_counted_as_telegram_does() {
        assert_eq!((units("a👍ğ"), cut("a👍ğ", 2), cut("a👍ğ", 3)), (4, "a", "a👍"));
        let long = "👍".repeat(4000);
        let pieces = Text::bold("Ali", &format!(": {long}")).pieces(TEXT_MAX);
        assert!(pieces.iter().all(|piece| units(&piece.text) <= TEXT_MAX));
        assert_eq!(
            pieces
                .iter()
                .map(|piece| piece.text.matches('👍').count())
                .sum::<usize>(),
            4000
        );
        assert_eq!(pieces[0].entities()[0]["length"], 3);
        assert_eq!(pieces[1].entities(), json!([]));
    }

    #[test]
    fn long_text_is_cut_where_words_end() {
        let text = format!("{} {}", "a".repeat(60), "b".repeat(60));
        assert_eq!(split(&text, 100), ["a".repeat(60), "b".repeat(60)]);
        assert_eq!(split(&"a".repeat(250), 100).len(), 3);
        assert!(split("  \n ", 100).is_empty());
    }

    #[test]
    fn several_texts_are_one_message_under_one_name() {
        let parts = messages(&[said("bir"), said("iki")], "👩 Ayşe", true, None, "https://x/admin#/r");
        assert_eq!(
            texts(&parts),
            [&Text::bold("👩 Ayşe", ": bir\niki").linked("https://x/admin#/r")]
        );
        assert_eq!(texts(&parts)[0].entities()[0]["length"], 7);
        assert_eq!(
            texts(&messages(&[said("bir")], "Ayşe", false, None, "https://x/admin#/r"))[0].text,
            "bir"
        );
    }

    #[test]
    fn a_long_caption_follows_as_text() {
        let mut photo = said(&"a".repeat(1500));
        photo.kind = Kind::Image;
        photo.attached = Some(file("image/jpeg", Some((10, 10)), 100));
        let parts = messages(&[photo], "Ali", true, None, "https://x/admin#/r");
        assert_eq!(parts.len(), 2);
        assert_eq!(texts(&parts)[0].text, "Ali");
        assert_eq!(texts(&parts)[1].text.len(), 1500);
    }

    #[test]
    fn each_file_is_shown_as_its_kind() {
        for (kind, file, shown) in [
            (
                Kind::Image,
                file("image/jpeg", Some((4000, 3000)), 5_000_000),
                Shown::Photo,
            ),
            (
                Kind::Image,
                file("image/jpeg", Some((9000, 3000)), 5_000_000),
                Shown::Document,
            ),
            (
                Kind::Image,
                file("image/png", Some((2100, 100)), 5_000),
                Shown::Document,
            ),
            (
                Kind::Image,
                file("image/png", Some((20, 10)), 11_000_000),
                Shown::Document,
            ),
            (Kind::Image, file("image/gif", Some((20, 10)), 1_000), Shown::Animation),
            (Kind::Audio, file("audio/ogg", None, 1_000), Shown::Voice),
            (Kind::Audio, file("audio/webm", None, 1_000), Shown::VoiceInWebm),
            (Kind::Audio, file("audio/wav", None, 1_000), Shown::Document),
            (Kind::File, file("application/pdf", None, 1_000), Shown::Document),
        ] {
            assert_eq!(Shown::of(kind, &file), shown, "{file:?}");
        }
        let forms = |mime| {
            let mut forms = vec![Shown::Voice];
            while let Some(simpler) = forms.last().and_then(|shown| shown.simpler(mime)) {
                forms.push(simpler);
            }
            forms
        };
        assert_eq!(forms("audio/mpeg"), [Shown::Voice, Shown::Audio, Shown::Document]);
        assert_eq!(forms("audio/ogg"), [Shown::Voice, Shown::Document]);
    }
}
