//! The order of names as people expect it: numbers in them by their value.
//!
//! This file does not know what is named. Case is folded before.

use std::cmp::Ordering;

/// The zeros of the scripts whose digits count, each followed by its one to nine: European, Arabic, Persian and
/// Urdu, Devanagari, Bengali.
const ZEROS: [char; 5] = ['0', '٠', '۰', '०', '০'];

/// Compares two names. Two that differ in zeros before a number only are equal here.
pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (first, second) = match (one.chars().next(), other.chars().next()) {
            (Some(first), Some(second)) => (first, second),
            (first, second) => return first.is_some().cmp(&second.is_some()),
        };
        let order = if digit(first).is_some() && digit(second).is_some() {
            let ((number, rest), (second_number, second_rest)) = (split_number(one), split_number(other));
            (one, other) = (rest, second_rest);
            by_value(number, second_number)
        } else {
            (one, other) = (&one[first.len_utf8()..], &other[second.len_utf8()..]);
            plain(first).cmp(&plain(second))
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Compares two runs of digits of any length by what they count.
fn by_value(one: &str, other: &str) -> Ordering {
    let [one, other] =
        [one, other].map(|number| number.chars().filter_map(digit).skip_while(|digit| *digit == 0));
    one.clone().count().cmp(&other.clone().count()).then_with(|| one.cmp(other))
}

/// Splits off the run of digits at the beginning.
fn split_number(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c| digit(c).is_none()).unwrap_or(text.len()))
}

/// Returns a digit of any script as the European one, so that all stand in one place among other characters.
fn plain(c: char) -> char {
    digit(c).and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

fn digit(c: char) -> Option<u32> {
    ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_their_value_in_any_script() {
        let mut names = ["a10", "a2", "a", "a02b", "a1", "b1", "a10b2", "a10b10", "۱۰.txt", "۹.txt", "2.txt"];
        names.sort_by(|one, other| natural(one, other));
        assert_eq!(
            names,
            ["2.txt", "۹.txt", "۱۰.txt", "a", "a1", "a2", "a02b", "a10", "a10b2", "a10b10", "b1"]
        );
    }

    #[test]
    fn a_number_may_be_longer_than_any_integer() {
        let long = format!("{}1", "9".repeat(300));
        assert_eq!(natural(&long, &format!("{}2", "9".repeat(300))), Ordering::Less);
        assert_eq!(natural(&format!("000{long}"), &long), Ordering::Equal);
        assert_eq!(natural("00", "0"), Ordering::Equal);
        assert_eq!(natural("", "0"), Ordering::Less);
    }

    #[test]
    fn the_order_is_one() {
        let names =
            ["a", "a1", "a01", "A 2", "a١", "", "0", "00", "-", "a-1", "a1-", "é2", "9", "10", "۹", "z", "٪"];
        for one in names {
            for other in names {
                assert_eq!(natural(one, other), natural(other, one).reverse(), "{one} {other}");
                for third in names {
                    if natural(one, other).is_le() && natural(other, third).is_le() {
                        assert!(natural(one, third).is_le(), "{one} {other} {third}");
                    }
                }
            }
        }
    }
}
