//! What the owner changes while the server runs.

use salvo::Writer;
use salvo::oapi::endpoint;

use crate::chat::text;
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Json};
use crate::http::problem::ApiError;
use crate::http::signed_in::{SignedIn, Trusted};
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
    let stored = new.clone();
    agent
        .server
        .app
        .writer
        .call(move |connection| settings::save(connection, &stored, now_ms()))
        .await?;
    agent.server.app.replace_settings(new.clone());
    Ok(Json(new))
}

fn checked(mut new: Settings) -> ApiResult<Settings> {
    new.business_name = text::line(&new.business_name, text::NAME_MAX)
        .ok_or_else(|| ApiError::field("business_name", "The name must have 1 to 80 characters."))?;
    for greeting in [&mut new.greeting.tr, &mut new.greeting.en] {
        *greeting = greeting.trim().to_owned();
        if greeting.chars().count() > GREETING_MAX {
            return Err(ApiError::field(
                "greeting",
                "A greeting must have at most 300 characters.",
            ));
        }
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
    let (hour, minute) = text
        .split_once(':')
        .filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && (hour < 24 || (hour == 24 && minute == 0))).then_some(hour * 60 + minute)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |text: &str, length: usize, range: std::ops::RangeInclusive<u32>| {
        text.len() == length && text.parse().is_ok_and(|n| range.contains(&n))
    };
    number(year, 4, 2000..=2200) && number(month, 2, 1..=12) && number(day, 2, 1..=31)
}
