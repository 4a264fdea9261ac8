//! What the owner changes while the server runs.

use rusqlite::{Connection, OptionalExtension};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

use super::Result;
use crate::media::types::Group;

/// A greeting in each language of the pages; empty: the page's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Greeting {
    /// Turkish.
    #[serde(default)]
    pub tr: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

/// Opening hours of one day, `HH:MM` each, in the time zone of the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// From this minute on.
    pub from: String,
    /// Until this minute.
    pub to: String,
}

/// When somebody answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// IANA name, such as `Europe/Istanbul`.
    pub time_zone: String,
    /// Monday first; `null`: closed that day.
    pub week: Vec<Option<Day>>,
    /// Closed on these days, `YYYY-MM-DD`.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// An answer kept ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedReply {
    /// What follows the `/`.
    pub shortcut: String,
    /// What is written for it.
    pub text: String,
}

/// Which calls there may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CallsAllowed {
    /// None.
    Off,
    /// With voices only.
    Audio,
    /// With pictures, too.
    #[default]
    Video,
}

/// All settings; absent ones have their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Shown at the head of the chat.
    pub business_name: String,
    /// Shown before the first message.
    #[serde(default)]
    pub greeting: Greeting,
    /// `#rrggbb`; `null`: the product's own.
    #[serde(default)]
    pub accent: Option<String>,
    /// `null`: always open.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// Answers kept ready.
    #[serde(default)]
    pub canned_replies: Vec<CannedReply>,
    /// A visitor who waits longer than this is shown in red.
    #[serde(default = "late_after_ms")]
    pub late_after_ms: i64,
    /// Kinds of files that may be sent; none: nobody can send any.
    #[serde(default = "upload_types")]
    pub upload_types: Vec<Group>,
    /// Which calls there may be.
    #[serde(default)]
    pub calls: CallsAllowed,
}

fn upload_types() -> Vec<Group> {
    Group::DEFAULT.to_vec()
}

fn late_after_ms() -> i64 {
    5 * 60 * 1000
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            business_name: "Konuşma".to_owned(),
            greeting: Greeting::default(),
            accent: None,
            hours: None,
            canned_replies: Vec::new(),
            late_after_ms: late_after_ms(),
            upload_types: upload_types(),
            calls: CallsAllowed::default(),
        }
    }
}

/// Where [`Settings`] are kept, as one JSON value: they are read and written as a whole.
const NAME: &str = "settings";

/// What holds now.
pub fn load(connection: &Connection) -> Result<Settings> {
    let mut rows = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    let value: Option<String> = rows.query_row([NAME], |row| row.get(0)).optional()?;
    Ok(value
        .and_then(|value| {
            serde_json::from_str(&value)
                .inspect_err(|error| tracing::warn!(%error, "the stored settings cannot be read; defaults are used"))
                .ok()
        })
        .unwrap_or_default())
}

/// Writes a row for the sake of writing: can anything be stored?
pub fn probe(connection: &Connection, now: i64) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO settings (name, value, changed_at) VALUES ('health_probe', 'null', ?1)",
        [now],
    )?;
    Ok(())
}

/// Keeps all of them.
pub fn save(connection: &Connection, settings: &Settings, now: i64) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO settings (name, value, changed_at) VALUES (?1, ?2, ?3)",
        (NAME, serde_json::json!(settings).to_string(), now),
    )?;
    Ok(())
}
