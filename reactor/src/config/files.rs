//! What the operator wants of people's files: how much, how long, how fast.
//!
//! This file does not know what is done with it. Numbers are typed in units that people count in, and needed in
//! bytes.

use std::num::NonZeroU64;

use serde::Deserialize;

use crate::job::FilesPolicy;
use crate::store::FREE_BYTES_MIN;

/// The bytes of a MiB.
const MIB: u64 = 1024 * 1024;

/// How much the files of an account may take unless told otherwise, in MiB: 10 GiB.
const QUOTA_MIB_DEFAULT: u64 = 10 * 1024;

/// What uploads leave free on the disk unless told otherwise, in MiB: 1 GiB, for the store and whatever else
/// lives there.
const RESERVE_MIB_DEFAULT: u64 = 1024;

/// The least that uploads leave free, whatever was written, in bytes: the store writes nothing where less than half
/// of it is free, and then nobody could even delete a file.
const RESERVE_BYTES_MIN: u64 = 2 * FREE_BYTES_MIN;

/// How long the trash is kept unless told otherwise, in days.
const TRASH_DAYS_DEFAULT: u64 = 30;

/// The most of any number of MiB: 1 EiB, more than a file system holds.
const MIB_MAX: u64 = 1 << 40;

/// The most days the trash is kept: a hundred years.
const TRASH_DAYS_MAX: u64 = 36_500;

/// The table of files, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFiles {
    quota_mib: Option<i64>,
    reserve_mib: Option<i64>,
    trash_days: Option<i64>,
    send_mib_per_second: Option<i64>,
}

/// What is needed for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesConfig {
    /// The rules.
    pub policy: FilesPolicy,
    /// How many bytes of files are sent in a second to all together; `None` for as many as the network takes.
    pub send_bytes_per_second: Option<NonZeroU64>,
}

impl WrittenFiles {
    /// Makes what is needed; every fault is a sentence.
    pub(super) fn read(&self, note: &mut impl FnMut(String)) -> FilesConfig {
        let mut number = |key: &str, written: Option<i64>, default: u64, zero: &str, max: u64| {
            let Some(written) = written else { return default };
            let fits = u64::try_from(written).ok().filter(|number| *number <= max);
            fits.unwrap_or_else(|| {
                note(format!("`files.{key}` must be from 0, {zero}, to {max}; it is {written}."));
                default
            })
        };
        let all = "for as much as the disk gives";
        let quota_mib = number("quota_mib", self.quota_mib, QUOTA_MIB_DEFAULT, all, MIB_MAX);
        let least = "for as little as the daemon itself needs";
        let reserve_mib = number("reserve_mib", self.reserve_mib, RESERVE_MIB_DEFAULT, least, MIB_MAX);
        let ever = "for ever";
        let trash_days = number("trash_days", self.trash_days, TRASH_DAYS_DEFAULT, ever, TRASH_DAYS_MAX);
        let no_limit = "for no limit";
        let send_mib = number("send_mib_per_second", self.send_mib_per_second, 0, no_limit, MIB_MAX);
        FilesConfig {
            policy: FilesPolicy {
                standard_quota_bytes: (quota_mib > 0).then(|| quota_mib * MIB),
                reserve_bytes: (reserve_mib * MIB).max(RESERVE_BYTES_MIN),
                trash_days: u32::try_from(trash_days).unwrap_or(u32::MAX),
            },
            send_bytes_per_second: NonZeroU64::new(send_mib * MIB),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<FilesConfig, Vec<String>> {
        let written: WrittenFiles = toml::from_str(toml).unwrap();
        let mut faults = Vec::new();
        let config = written.read(&mut |fault| faults.push(fault));
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    #[test]
    fn nothing_written_gives_ten_gib_each_one_in_reserve_and_a_month_of_trash() {
        let policy =
            FilesPolicy { standard_quota_bytes: Some(10 << 30), reserve_bytes: 1 << 30, trash_days: 30 };
        assert_eq!(read(""), Ok(FilesConfig { policy, send_bytes_per_second: None }));
    }

    #[test]
    fn what_is_written_counts_and_zero_means_no_limit() {
        let policy =
            FilesPolicy { standard_quota_bytes: Some(5 << 20), reserve_bytes: 600 << 20, trash_days: 7 };
        assert_eq!(
            read("quota_mib = 5\nreserve_mib = 600\ntrash_days = 7\nsend_mib_per_second = 8"),
            Ok(FilesConfig { policy, send_bytes_per_second: NonZeroU64::new(8 << 20) })
        );
        let policy = FilesPolicy { standard_quota_bytes: None, reserve_bytes: 128 << 20, trash_days: 0 };
        assert_eq!(
            read("quota_mib = 0\nreserve_mib = 0\ntrash_days = 0\nsend_mib_per_second = 0"),
            Ok(FilesConfig { policy, send_bytes_per_second: None })
        );
    }

    #[test]
    fn a_number_that_cannot_be_meant_is_named_with_what_may_be() {
        let faults = read("quota_mib = -1\nreserve_mib = 1099511627777\ntrash_days = 36501").unwrap_err();
        assert_eq!(
            faults,
            [
                "`files.quota_mib` must be from 0, for as much as the disk gives, to 1099511627776; it is -1.",
                "`files.reserve_mib` must be from 0, for as little as the daemon itself needs, to 1099511627776; it is 1099511627777.",
                "`files.trash_days` must be from 0, for ever, to 36500; it is 36501.",
            ]
        );
        assert!(toml::from_str::<WrittenFiles>("qouta_mib = 1").is_err());
    }
}
