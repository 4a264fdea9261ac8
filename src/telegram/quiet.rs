//! Hours in which the phone makes no sound.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::storage::telegram::Quiet;

/// Is it quiet at this time (ms UTC)?
pub fn is_quiet(quiet: &Quiet, now: i64) -> bool {
    let (Some(from), Some(to)) = (minute(&quiet.from), minute(&quiet.to)) else {
        return false;
    };
    let (Ok(zone), Ok(time)) = (TimeZone::get(&quiet.time_zone), Timestamp::from_millisecond(now)) else {
        return false;
    };
    let local = zone.to_datetime(time);
    let at = i32::from(local.hour()) * 60 + i32::from(local.minute());
    if from <= to {
        (from..to).contains(&at)
    } else {
        at >= from || at < to
    }
}

/// Are these hours of a zone that there is?
pub fn is_right(quiet: &Quiet) -> bool {
    let (from, to) = (minute(&quiet.from), minute(&quiet.to));
    from.is_some() && to.is_some() && from != to && TimeZone::get(&quiet.time_zone).is_ok()
}

/// `HH:MM` as a minute of the day.
fn minute(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: i32| -> Option<i32> {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: i32 = text.parse().ok()?;
        (digits && number < below).then_some(number)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn quiet(from: &str, to: &str, zone: &str) -> Quiet {
        Quiet {
            from: from.to_owned(),
            to: to.to_owned(),
            time_zone: zone.to_owned(),
        }
    }

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn nights_go_over_midnight_and_follow_the_zone() {
        let night = quiet("22:00", "08:00", "Europe/Istanbul");
        for (time, expected) in [
            ("2026-11-23T18:59:59Z", false),
            ("2026-11-23T19:00:00Z", true),
            ("2026-11-24T04:59:59Z", true),
            ("2026-11-24T05:00:00Z", false),
        ] {
            assert_eq!(is_quiet(&night, at(time)), expected, "{time}");
        }
        // Summer time moves the hours of the day, not those of UTC.
        let noon = quiet("12:00", "13:00", "Europe/Berlin");
        assert!(is_quiet(&noon, at("2026-07-01T10:30:00Z")) && !is_quiet(&noon, at("2026-07-01T11:30:00Z")));
        assert!(is_quiet(&noon, at("2026-12-01T11:30:00Z")) && !is_quiet(&noon, at("2026-12-01T10:30:00Z")));
    }

    #[test]
    fn what_is_no_time_is_never_quiet() {
        for wrong in [
            quiet("22:00", "22:00", "Europe/Istanbul"),
            quiet("24:00", "08:00", "Europe/Istanbul"),
            quiet("+2:00", "08:00", "Europe/Istanbul"),
            quiet("22:00", "08:00", "Europe/Atlantis"),
            quiet("", "", ""),
        ] {
            assert!(!is_right(&wrong), "{wrong:?}");
        }
        assert!(!is_quiet(
            &quiet("22:00", "08:00", "Europe/Atlantis"),
            at("2026-11-23T23:00:00Z")
        ));
        assert!(is_right(&quiet("22:00", "08:00", "Europe/Istanbul")));
    }
}
