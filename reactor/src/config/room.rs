//! What the operator wants of the room: how long what was said is kept, and how much its cards may take.
//!
//! This file does not know what is done with it. Numbers are typed in units that people count in.

use serde::Deserialize;

use crate::job::RoomPolicy;

/// The bytes of a MiB.
const MIB: u64 = 1024 * 1024;

/// How much the cards of all conversations may take unless told otherwise, in MiB: 10 GiB, as much as the files of one
/// account.
const CARDS_MIB_DEFAULT: u64 = 10 * 1024;

/// The most MiB: 1 EiB, more than a file system holds.
const CARDS_MIB_MAX: u64 = 1 << 40;

/// The most days that history is kept: a hundred years.
const HISTORY_DAYS_MAX: u64 = 36_500;

/// The table of the room, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRoom {
    history_days: Option<i64>,
    cards_mib: Option<i64>,
}

impl WrittenRoom {
    /// Makes what is needed; every fault is a sentence.
    pub(super) fn read(&self, note: &mut impl FnMut(String)) -> RoomPolicy {
        let mut number = |key: &str, written: Option<i64>, default: u64, zero: &str, max: u64| {
            let Some(written) = written else { return default };
            let fits = u64::try_from(written).ok().filter(|number| *number <= max);
            fits.unwrap_or_else(|| {
                note(format!("`room.{key}` must be from 0, {zero}, to {max}; it is {written}."));
                default
            })
        };
        let history_days = number("history_days", self.history_days, 0, "for ever", HISTORY_DAYS_MAX);
        let no_limit = "for no limit";
        let cards_mib = number("cards_mib", self.cards_mib, CARDS_MIB_DEFAULT, no_limit, CARDS_MIB_MAX);
        RoomPolicy {
            history_days: u32::try_from(history_days).unwrap_or(u32::MAX),
            cards_bytes_max: (cards_mib > 0).then(|| cards_mib * MIB),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<RoomPolicy, Vec<String>> {
        let written: WrittenRoom = toml::from_str(toml).unwrap();
        let mut faults = Vec::new();
        let policy = written.read(&mut |fault| faults.push(fault));
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    #[test]
    fn nothing_written_keeps_history_for_ever_and_ten_gib_of_cards() {
        assert_eq!(read(""), Ok(RoomPolicy { history_days: 0, cards_bytes_max: Some(10 << 30) }));
    }

    #[test]
    fn what_is_written_counts_and_no_mib_means_no_limit() {
        let policy = RoomPolicy { history_days: 90, cards_bytes_max: Some(3 << 20) };
        assert_eq!(read("history_days = 90\ncards_mib = 3"), Ok(policy));
        let policy = RoomPolicy { history_days: 0, cards_bytes_max: None };
        assert_eq!(read("history_days = 0\ncards_mib = 0"), Ok(policy));
    }

    #[test]
    fn a_number_that_cannot_be_meant_is_named_with_what_may_be() {
        assert_eq!(
            read("history_days = 36501\ncards_mib = -1").unwrap_err(),
            [
                "`room.history_days` must be from 0, for ever, to 36500; it is 36501.",
                "`room.cards_mib` must be from 0, for no limit, to 1099511627776; it is -1.",
            ]
        );
        assert!(toml::from_str::<WrittenRoom>("histroy_days = 1").is_err());
    }
}
