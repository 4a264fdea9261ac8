//! What the owner changes while the server runs.

use std::sync::Arc;

use salvo::Writer;
use salvo::oapi::endpoint;
use tokio::sync::oneshot;

use crate::app::App;
use crate::chat::text;
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Json};
use crate::http::problem::ApiError;
use crate::http::signed_in::{SignedIn, Trusted};
use crate::media::types::Group;
use crate::storage::StorageError;
use crate::storage::settings::{self, Hours, Settings};

const GREETING_MAX: usize = 300;
const CANNED_MAX: usize = 100;
const SHORTCUT_MAX: usize = 30;
const HOLIDAYS_MAX: usize = 200;
/// A minute to a day.
const LATE_MS: std::ops::RangeInclusive<i64> = 60_000..=86_400_000;

/// What holds now.
#[endpoint(tags("settings"), operation_id = "get_settings")]
pub async fn get(agent: SignedIn) -> ApiResult<Json<Settings>> {
    Ok(Json((*agent.server.app.settings()).clone()))
}

/// Replaces all of them; the owner only.
#[endpoint(tags("settings"), operation_id = "put_settings")]
pub async fn put(agent: Trusted, body: Body<Settings>) -> ApiResult<Json<Settings>> {
    let agent = agent.0;
    agent.must_be_owner()?;
    let new = checked(body.0)?;
    store(&agent.server.app, new.clone()).await?;
    Ok(Json(new))
}

/// Stores them and lets them hold. The writer does both, one request after the other: of two that come at once the last
/// one stored is also the last one to hold.
async fn store(app: &Arc<App>, new: Settings) -> Result<(), StorageError> {
    let (stored, holds) = (new.clone(), app.clone());
    let (answer, answered) = oneshot::channel();
    app.writer.reserve_patiently().await?.submit(
        move |connection| settings::save(connection, &stored, now_ms()),
        move |result| {
            if result.is_ok() {
                holds.replace_settings(new);
            }
            // The asker may have gone; they hold all the same.
            let _ = answer.send(result);
        },
    );
    answered.await.unwrap_or(Err(StorageError::Gone))
}

fn checked(mut new: Settings) -> ApiResult<Settings> {
    new.business_name = text::line(&new.business_name, text::NAME_MAX)
        .ok_or_else(|| ApiError::field("business_name", "The name must have 1 to 80 characters."))?;
    for greeting in [&mut new.greeting.tr, &mut new.greeting.en] {
        if greeting.trim().chars().count() > GREETING_MAX {
            return Err(ApiError::field(
                "greeting",
                "A greeting must have at most 300 characters.",
            ));
        }
        // Line by line, each as a name is cleaned: it stands in the business's name, too.
        let lines = greeting
            .lines()
            .map(|line| text::line(line, GREETING_MAX).unwrap_or_default());
        *greeting = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    }
    let is_colour = |colour: &String| {
        colour.len() == 7 && colour.starts_with('#') && colour.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
    };
    if !new.accent.as_ref().is_none_or(is_colour) {
        return Err(ApiError::field("accent", "The colour must be like #0b6e78."));
    }
    if !new.hours.as_ref().is_none_or(hours_are_right) {
        return Err(ApiError::field(
            "hours",
            "Hours need a time zone, seven days of HH:MM to HH:MM, and YYYY-MM-DD holidays.",
        ));
    }
    let wrong = || {
        ApiError::field(
            "canned_replies",
            "There may be 100 replies, each with a shortcut of one word and a text.",
        )
    };
    if new.canned_replies.len() > CANNED_MAX {
        return Err(wrong());
    }
    for reply in &mut new.canned_replies {
        reply.shortcut = text::line(&reply.shortcut, SHORTCUT_MAX)
            .filter(|word| !word.contains(' '))
            .ok_or_else(wrong)?;
        reply.text = text::message(&reply.text).map_err(|_| wrong())?;
    }
    if !LATE_MS.contains(&new.late_after_ms) {
        return Err(ApiError::field(
            "late_after_ms",
            "This must be between a minute and a day.",
        ));
    }
    // In one order: what is stored does not depend on the order of clicks.
    let wanted = new.upload_types.len();
    new.upload_types = Group::ALL
        .into_iter()
        .filter(|group| new.upload_types.contains(group))
        .collect();
    if new.upload_types.len() != wanted {
        return Err(ApiError::field("upload_types", "Each kind may be named once."));
    }
    Ok(new)
}

fn hours_are_right(hours: &Hours) -> bool {
    let zone = text::is_time_zone_name(&hours.time_zone);
    let days = hours.week.len() == 7
        && hours
            .week
            .iter()
            .flatten()
            .all(|day| match (minute(&day.from), minute(&day.to)) {
                (Some(from), Some(to)) => from < to,
                _ => false,
            });
    zone && days && hours.holidays.len() <= HOLIDAYS_MAX && hours.holidays.iter().all(|day| is_date(day))
}

/// `HH:MM` as minutes of the day; `24:00` is the end of it.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    (minute < 60 && (hour < 24 || (hour == 24 && minute == 0))).then_some(hour * 60 + minute)
}

/// `YYYY-MM-DD` of a day that there is.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (2000..=2200).contains(&year) && (1..=days).contains(&day)
}

/// A number of exactly so many digits, and nothing else: Rust's `parse` takes a plus sign, too.
fn digits(text: &str, length: usize) -> Option<u32> {
    let all = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::{Config, Layer};
    use crate::data_dir::DataDir;

    #[test]
    fn times_and_days_are_digits_and_exist() {
        for (text, minutes) in [("00:00", 0), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)] {
            assert_eq!(minute(text), Some(minutes), "{text}");
        }
        for text in ["+9:00", "09:+5", "9:00", "24:01", "12:60", "-1:00", "٠٩:٠٠", "0900", ""] {
            assert_eq!(minute(text), None, "{text}");
        }
        for text in ["2026-02-28", "2028-02-29", "2000-02-29", "2026-12-31", "2026-04-30"] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "2026-02-31",
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "2026-+1-01",
            "+026-01-01",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "1999-01-01",
            "2026-1-1",
            "2026-01-01-01",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn a_greeting_keeps_its_lines_and_nothing_that_deceives() {
        let of = |tr: &str| {
            let mut new = Settings::default();
            new.greeting.tr = tr.to_owned();
            checked(new).map(|new| new.greeting.tr)
        };
        assert_eq!(of(" Merhaba!\r\nBuyurun. \n").unwrap(), "Merhaba!\nBuyurun.");
        assert_eq!(of("Mer\u{0}haba \u{202e}!").unwrap(), "Merhaba !");
        assert_eq!(of("\u{2066}\u{0}").unwrap(), "");
        assert!(of(&"a".repeat(GREETING_MAX)).is_ok());
        assert!(of(&"a".repeat(GREETING_MAX + 1)).is_err());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_at_once_the_last_stored_holds() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path(), true).unwrap();
        let none = Layer::default();
        let config = Config::load(false, &none, &none, &none).unwrap();
        let key = data.secret_key(None).unwrap();
        let (app, _running) = App::start(config, &data, &key).unwrap();
        for _ in 0..20 {
            let tasks: Vec<_> = (0..50)
                .map(|n| {
                    let app = app.clone();
                    let new = Settings {
                        business_name: format!("Name {n}"),
                        ..Settings::default()
                    };
                    tokio::spawn(async move { store(&app, new).await })
                })
                .collect();
            for task in tasks {
                task.await.unwrap().unwrap();
            }
            let stored = app.readers.ask(settings::load).await.unwrap();
            assert_eq!(*app.settings(), stored);
        }
    }
}
