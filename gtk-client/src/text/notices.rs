//! What is said in passing.
//!
//! This file does not know where it is shown.

use super::denial;
use crate::format::counted;
use crate::view_model::Notice;
use crate::view_model::sign_in::Note;

/// Says something in passing.
pub fn notice(notice: &Notice) -> String {
    let tracks = |count: usize| counted(u64::try_from(count).unwrap_or(u64::MAX), "track", "tracks");
    match notice {
        Notice::Downloading { tracks: count } => format!("Downloading {}", tracks(*count)),
        Notice::AllDownloaded { tracks: count } => format!("{} downloaded", tracks(*count)),
        Notice::SomeFailed { saved: 0, failed } => format!("{} could not be downloaded", tracks(*failed)),
        Notice::SomeFailed { saved, failed } => {
            format!("{} downloaded, {} could not be", tracks(*saved), tracks(*failed))
        }
        Notice::ChooseFolderFirst => "Choose a folder to download to first".to_owned(),
        Notice::AccountStored => "Your changes are stored".to_owned(),
        Notice::AccountChangedElsewhere => "Your account was changed at another place".to_owned(),
        Notice::SessionOfDeviceEnded => "The device is signed out".to_owned(),
        Notice::AnswerLost => "The connection was lost before the server answered".to_owned(),
        Notice::SessionEnded => "Your session was ended. Sign in again".to_owned(),
        Notice::Denied(denial) => self::denial(denial),
    }
}

/// Says above the form of the first page what led there.
pub fn note(note: Note) -> &'static str {
    match note {
        Note::PasswordChanged => "Your password was changed. Sign in with the new one.",
        Note::AccountDeleted => "Your account was deleted.",
    }
}
