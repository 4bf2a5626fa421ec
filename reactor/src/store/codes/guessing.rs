//! How long codes must be: longer for an account whose codes were tried wrongly too often, and for everyone
//! when many accounts' were. So nobody is ever locked out, and guessing without end gets nowhere;
//! `ARCHITECTURE.md` says how far.
//!
//! This file does not know the codes.

use parlour_common::limits::RESET_CODE_TRIES_MAX;

use super::super::change::Stop;
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::error::StoreError;
use super::super::tables::{META, TextKey};
use super::super::users::UserRecord;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// An account whose codes were guessed at has long ones for this long, in milliseconds. Wrong tries that are
/// further apart have nothing to do with each other.
const USER_LONG_CODES_MS: u64 = 30 * DAY_MS;

/// Everyone has long codes for this long after too many wrong tries, in milliseconds.
const SERVER_LONG_CODES_MS: u64 = 7 * DAY_MS;

/// So many wrong tries within a window are too many.
const WRONG_TRIES_MAX: u64 = 30;

/// A window lasts this long from its first wrong try, in milliseconds. With a shorter one, whoever stays
/// just below the limit could guess on for ever.
const WINDOW_MS: u64 = 7 * DAY_MS;

/// The counter in `meta` of the wrong tries of this window.
const WRONG_TRIES_KEY: &str = "wrong_tries";

/// When this window began, in `meta`.
const WINDOW_KEY: &str = "wrong_tries_since_unix_ms";

/// Until when everyone has long codes, in `meta`.
const LONG_UNTIL_KEY: &str = "long_codes_until_unix_ms";

/// Tells whether a code that is drawn now must be long: an account's, or everyone's.
pub(in super::super) fn long_codes(
    reader: &impl Read,
    user: Option<&UserRecord>,
    now_unix_ms: u64,
) -> Result<bool, StoreError> {
    let of_user = user.is_some_and(|user| now_unix_ms < user.long_codes_until_unix_ms);
    Ok(everyones_are_long(reader, now_unix_ms)? || of_user)
}

/// Tells whether everyone's codes must be long.
pub(super) fn everyones_are_long(reader: &impl Read, now_unix_ms: u64) -> Result<bool, StoreError> {
    let until = reader.get(META, &TextKey::new(LONG_UNTIL_KEY))?.unwrap_or(0);
    Ok(now_unix_ms < until)
}

/// Returns an account as it is after a wrong try of its code, and whether codes drawn from now on are long
/// that were not before. Tries count across codes: else whoever never burns one could go on for ever.
pub(super) fn after_wrong_try(
    user: &UserRecord,
    is_short: bool,
    is_burnt: bool,
    at_unix_ms: u64,
) -> (UserRecord, bool) {
    let mut after = user.clone();
    if is_short {
        let is_one_more = at_unix_ms.saturating_sub(user.wrong_code_unix_ms) <= USER_LONG_CODES_MS;
        after.wrong_codes = if is_one_more { user.wrong_codes.saturating_add(1) } else { 1 };
        after.wrong_code_unix_ms = at_unix_ms;
    }
    let are_too_many = after.wrong_codes >= RESET_CODE_TRIES_MAX;
    if is_burnt || are_too_many {
        after.long_codes_until_unix_ms = at_unix_ms.saturating_add(USER_LONG_CODES_MS);
        after.wrong_codes = 0;
    }
    (after, are_too_many)
}

/// Counts a wrong try of a short code, whosever it was.
pub(super) fn count_wrong_try(draft: &mut Draft<'_>, at_unix_ms: u64) -> Result<(), Stop> {
    let [tries, since, until] = [WRONG_TRIES_KEY, WINDOW_KEY, LONG_UNTIL_KEY].map(TextKey::new);
    let window: Option<u64> = draft.get(META, &since)?;
    // A window that a wrong clock began in the future is not waited for.
    let within = window.filter(|since| at_unix_ms.checked_sub(*since).is_some_and(|age| age < WINDOW_MS));
    let counted = match within {
        Some(_) => draft.get(META, &tries)?.unwrap_or(0) + 1,
        None => {
            draft.put(META, &since, &at_unix_ms)?;
            1
        }
    };
    if counted < WRONG_TRIES_MAX {
        return draft.put(META, &tries, &counted);
    }
    // Whatever is tried from now on counts towards the next time.
    draft.remove(META, &tries);
    draft.remove(META, &since);
    draft.put(META, &until, &at_unix_ms.saturating_add(SERVER_LONG_CODES_MS))
}

#[cfg(test)]
mod tests;
