//! How long codes must be: longer for an account whose code was burnt by wrong tries, and for everyone when
//! many codes were tried wrongly within a day. So nobody is ever locked out, and guessing without end gets
//! nowhere.
//!
//! This file does not know the codes.

use super::super::change::Stop;
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::error::StoreError;
use super::super::tables::{META, TextKey};
use super::super::users::UserRecord;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// An account whose code was burnt has long ones for this long, in milliseconds.
pub(super) const USER_LONG_CODES_MS: u64 = 30 * DAY_MS;

/// Everyone has long codes for this long after too many wrong tries, in milliseconds.
const SERVER_LONG_CODES_MS: u64 = 7 * DAY_MS;

/// So many wrong tries within a window are too many.
const WRONG_TRIES_MAX: u64 = 30;

/// A window lasts this long from its first wrong try, in milliseconds.
const WINDOW_MS: u64 = DAY_MS;

/// The counter in `meta` of the wrong tries of this window.
const WRONG_TRIES_KEY: &str = "wrong_tries";

/// When this window began, in `meta`.
const WINDOW_KEY: &str = "wrong_tries_since_unix_ms";

/// Until when everyone has long codes, in `meta`.
const LONG_UNTIL_KEY: &str = "long_codes_until_unix_ms";

/// Tells whether codes must be long: those of an account, or everyone's.
pub(in super::super) fn long_codes(
    reader: &impl Read,
    user: Option<&UserRecord>,
    now_unix_ms: u64,
) -> Result<bool, StoreError> {
    let of_user = user.is_some_and(|user| now_unix_ms < user.long_codes_until_unix_ms);
    let until = reader.get(META, &TextKey::new(LONG_UNTIL_KEY))?.unwrap_or(0);
    Ok(of_user || now_unix_ms < until)
}

/// Counts a wrong try of any code.
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
