//! Numbers in words: sizes, durations, speeds, what is left.
//!
//! This file does not know what a number is of. Units are those of GNOME: decimal, as in `12.3 MB`.

/// The units of size, each a thousand of the one before.
const SIZE_UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];

/// Returns a size, as in `512 bytes`, `3.4 MB` or `120 GB`.
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return counted(bytes, "byte", "bytes");
    }
    let bytes = u128::from(bytes);
    let tenths_in = |unit_bytes: u128| (bytes * 10 + unit_bytes / 2) / unit_bytes;
    let (mut unit, mut unit_bytes) = (0, 1000);
    // Rounded before it is judged: 999,950 bytes are 1.0 MB, not 1000 kB.
    while tenths_in(unit_bytes) >= 9995 && unit + 1 < SIZE_UNITS.len() {
        unit += 1;
        unit_bytes *= 1000;
    }
    let tenths = tenths_in(unit_bytes);
    let digits = if tenths < 1000 {
        format!("{}.{}", tenths / 10, tenths % 10)
    } else {
        ((tenths + 5) / 10).to_string()
    };
    format!("{digits}\u{a0}{}", SIZE_UNITS[unit])
}

/// Returns how long something plays, as in `3:07` or `1:02:30`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = (milliseconds + 500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Returns a speed, as in `3.4 MB/s`.
pub fn speed(bytes_per_second: u64) -> String {
    format!("{}/s", size(bytes_per_second))
}

/// Returns how long the rest will take at a speed, as in `about 5 min left`. `None` where nobody knows.
pub fn time_left(bytes_left: u64, bytes_per_second: u64) -> Option<String> {
    let seconds = bytes_left.div_ceil(bytes_per_second.max(1));
    match (bytes_per_second, seconds) {
        (0, _) => None,
        (_, 0..=59) => Some(format!("{}\u{a0}s left", seconds.max(1))),
        (_, 60..=3599) => Some(format!("{}\u{a0}min left", seconds.div_ceil(60))),
        (_, 3600..=172_799) => Some(format!("{}\u{a0}h left", seconds.div_ceil(3600))),
        (_, _) => Some(format!("{}\u{a0}days left", seconds.div_ceil(86_400))),
    }
}

/// Returns a number with its thousands apart, as in `12,345`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut apart = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// Returns a number with the word for it, as in `1 track` or `1,200 tracks`.
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits_and_a_unit() {
        let cases = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0\u{a0}kB"),
            (1001, "1.0\u{a0}kB"),
            (1050, "1.1\u{a0}kB"),
            (99_900, "99.9\u{a0}kB"),
            (150_000, "150\u{a0}kB"),
            (999_400, "999\u{a0}kB"),
            (999_950, "1.0\u{a0}MB"),
            (3_400_000, "3.4\u{a0}MB"),
            (120_000_000_000, "120\u{a0}GB"),
            (u64::MAX, "18447\u{a0}PB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn durations_are_read_like_a_clock() {
        let cases = [
            (0, "0:00"),
            (499, "0:00"),
            (500, "0:01"),
            (187_000, "3:07"),
            (3_750_000, "1:02:30"),
            (59_600, "1:00"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(milliseconds), text, "{milliseconds}");
        }
    }

    #[test]
    fn what_is_left_is_rounded_up_and_unknown_without_speed() {
        let cases = [
            (1000, 0, None),
            (0, 10, Some("1\u{a0}s left")),
            (1000, 100, Some("10\u{a0}s left")),
            (5900, 100, Some("59\u{a0}s left")),
            (6100, 100, Some("2\u{a0}min left")),
            (720_000, 100, Some("2\u{a0}h left")),
            (u64::MAX, u64::MAX, Some("1\u{a0}s left")),
            (100 * 86_400 * 3, 100, Some("3\u{a0}days left")),
        ];
        for (left, speed, text) in cases {
            assert_eq!(time_left(left, speed).as_deref(), text, "{left} at {speed}");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1000), "1,000");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(counted(1, "track", "tracks"), "1 track");
        assert_eq!(counted(100_000, "track", "tracks"), "100,000 tracks");
        assert_eq!(speed(1_500_000), "1.5\u{a0}MB/s");
    }
}
