//! Points in time, as people of this place say them.
//!
//! This file does not know what happened then.

use relm4::gtk::glib::DateTime;

/// Returns the day of a point in time, as in `12 March 2026`. `None` where it is not known.
pub fn date(unix_ms: u64) -> Option<String> {
    written(&point(unix_ms)?)
}

/// Returns how long ago a point in time is, as in `today`, `yesterday` or `on 12 March 2026`.
pub fn day(unix_ms: u64) -> Option<String> {
    said(&point(unix_ms)?, &DateTime::now_local().ok()?)
}

/// Returns a point in time to the minute, as in `12 March 2026, 14:05`. `None` where it is not known.
pub fn moment(unix_ms: u64) -> Option<String> {
    point(unix_ms)?.format("%-d %B %Y, %H:%M").ok().map(String::from)
}

/// Returns a point in time by the clock of this place.
pub(super) fn point(unix_ms: u64) -> Option<DateTime> {
    let seconds = i64::try_from(unix_ms / 1000).ok().filter(|seconds| *seconds > 0)?;
    DateTime::from_unix_local(seconds).ok()
}

fn written(point: &DateTime) -> Option<String> {
    point.format("%-d %B %Y").ok().map(String::from)
}

fn said(point: &DateTime, now: &DateTime) -> Option<String> {
    let yesterday = now.add_days(-1).ok()?;
    if point.ymd() == now.ymd() {
        Some("today".to_owned())
    } else if point.ymd() == yesterday.ymd() {
        Some("yesterday".to_owned())
    } else {
        Some(format!("on {}", written(point)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i32, hour: i32) -> DateTime {
        DateTime::from_local(2026, 3, day, hour, 0, 0.0).unwrap()
    }

    #[test]
    fn days_are_told_by_the_calendar_and_not_by_the_hours_between() {
        assert_eq!(said(&at(12, 1), &at(12, 23)).as_deref(), Some("today"));
        assert_eq!(said(&at(11, 23), &at(12, 0)).as_deref(), Some("yesterday"));
        assert_eq!(said(&at(10, 23), &at(12, 0)).as_deref(), Some("on 10 March 2026"));
        assert_eq!(date(0), None);
        assert!(date(1_773_300_000_000).is_some_and(|date| date.ends_with("March 2026")));
    }
}
