//! Sizes as people type and read them.
//!
//! This file does not know what is so large.

use parlour_common::message::Quota;

/// The units that are typed and shown, the smallest first, each 1,024 of the one before.
const BINARY: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// The units that are typed too, each 1,000 of the one before.
const DECIMAL: [&str; 7] = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/// Returns a size with three digits or four, rounded down, so that what is left is never shown as more.
pub fn size(bytes: u64) -> String {
    let mut unit = 0;
    // In hundredths, so that no digit is lost on the way.
    let mut hundredths = u128::from(bytes) * 100;
    while hundredths >= 1024 * 100 {
        hundredths /= 1024;
        unit += 1;
    }
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match (rest, whole) {
        (0, _) => format!("{whole} {}", BINARY[unit]),
        (_, 0..10) => format!("{whole}.{rest:02} {}", BINARY[unit]),
        (_, 10..100) => format!("{whole}.{} {}", rest / 10, BINARY[unit]),
        _ => format!("{whole} {}", BINARY[unit]),
    }
}

/// Returns how much an account may keep.
pub fn quota(quota: Quota) -> String {
    match quota {
        Quota::Standard => "standard".to_owned(),
        Quota::Bytes(bytes) => size(bytes),
        Quota::Unlimited => "unlimited".to_owned(),
    }
}

/// Reads how much an account may keep: a size, `standard` or `unlimited`.
pub fn parse_quota(typed: &str) -> Result<Quota, String> {
    let word = typed.trim();
    if word.eq_ignore_ascii_case("standard") {
        return Ok(Quota::Standard);
    }
    if word.eq_ignore_ascii_case("unlimited") {
        return Ok(Quota::Unlimited);
    }
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = word.split_at(digits);
    let unit = unit.trim();
    let power = |units: [&str; 7]| units.iter().position(|known| known.eq_ignore_ascii_case(unit));
    let factor = match (power(BINARY), power(DECIMAL)) {
        (Some(power), _) => u32::try_from(power).ok().and_then(|power| 1024_u64.checked_pow(power)),
        (None, Some(power)) => u32::try_from(power).ok().and_then(|power| 1000_u64.checked_pow(power)),
        (None, None) => None,
    };
    let bytes =
        number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    bytes.map(Quota::Bytes).ok_or_else(|| {
        "say a whole number with its unit, such as 20GiB or 500MiB; or `standard`, which is what the daemon's \
         configuration gives everyone; or `unlimited`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_few_digits_and_never_larger_than_they_are() {
        let sizes = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.50 KiB"),
            (10 * 1024 + 512, "10.5 KiB"),
            (1024 * 1024 - 1, "1023 KiB"),
            (20 << 30, "20 GiB"),
            (u64::MAX, "15.9 EiB"),
        ];
        for (bytes, shown) in sizes {
            assert_eq!(size(bytes), shown, "{bytes}");
        }
    }

    #[test]
    fn a_quota_is_a_number_with_a_unit_or_one_of_two_words() {
        let good = [
            ("20GiB", Quota::Bytes(20 << 30)),
            (" 20 gib ", Quota::Bytes(20 << 30)),
            ("5GB", Quota::Bytes(5_000_000_000)),
            ("0B", Quota::Bytes(0)),
            ("15EiB", Quota::Bytes(15 << 60)),
            ("standard", Quota::Standard),
            ("Unlimited", Quota::Unlimited),
        ];
        for (typed, quota) in good {
            assert_eq!(parse_quota(typed), Ok(quota), "{typed}");
        }
        for typed in ["", "20", "GiB", "-1GiB", "1.5GiB", "20 GiBs", "16EiB", "99999999999999999999B", "none"]
        {
            assert!(parse_quota(typed).is_err(), "{typed}");
        }
    }
}
