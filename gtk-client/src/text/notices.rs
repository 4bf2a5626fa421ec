//! What is said in passing.
//!
//! This file does not know where it is shown.

use super::{denial, files, isolated, room};
use crate::format::counted;
use crate::view_model::Notice;
use crate::view_model::sign_in::Note;

/// Says something in passing.
pub fn notice(notice: &Notice) -> String {
    let tracks = |count: usize| counted(u64::try_from(count).unwrap_or(u64::MAX), "track", "tracks");
    let files = |count: usize| counted(u64::try_from(count).unwrap_or(u64::MAX), "file", "files");
    match notice {
        Notice::Downloading { tracks: count } => format!("Downloading {}", tracks(*count)),
        Notice::FetchingFiles { files: count } => format!("Downloading {}", files(*count)),
        Notice::Uploading { files: count } => format!("Uploading {}", files(*count)),
        Notice::AllMoved { tracks: tracks_count, files: files_count, uploads } => {
            let down = match (*tracks_count, *files_count) {
                (0, 0) => None,
                (count, 0) => Some(format!("{} downloaded", tracks(count))),
                (0, count) => Some(format!("{} downloaded", files(count))),
                (one, other) => Some(format!("{} downloaded", files(one + other))),
            };
            let up = (*uploads > 0).then(|| format!("{} uploaded", files(*uploads)));
            [down, up].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Notice::SomeFailed { saved: 0, failed } => format!("{} could not be transferred", files(*failed)),
        Notice::SomeFailed { saved, failed } => {
            format!("{} transferred, {} could not be", files(*saved), files(*failed))
        }
        Notice::ChooseFolderFirst => "Choose a folder to download to first".to_owned(),
        Notice::AccountStored => "Your changes are stored".to_owned(),
        Notice::AccountChangedElsewhere => "Your account was changed at another place".to_owned(),
        Notice::SessionOfDeviceEnded => "The device is signed out".to_owned(),
        Notice::UserAdded(name) => format!("The account of {} was made", isolated(name)),
        Notice::UserSaved(name) => format!("The account of {} is stored", isolated(name)),
        Notice::UserDeleted(name) => format!("The account of {} was deleted", isolated(name)),
        Notice::Files(told) => files::told(told),
        Notice::Room(told) => room::told(told),
        Notice::AnswerLost => "The connection was lost before the server answered".to_owned(),
        Notice::KeptInFile => {
            "With no keyring at hand, you stay signed in by a file that only you can read".to_owned()
        }
        Notice::NotKept => "You could not be kept signed in: sign in again at the next start".to_owned(),
        Notice::Denied(denial) => self::denial(denial),
    }
}

/// Returns what the button says that is offered with a notice.
pub fn offer(notice: &Notice) -> &'static str {
    match notice {
        Notice::Files(told) => files::offer(told),
        _ => "Show",
    }
}

/// Says above the form of the first page what led there.
pub fn note(note: Note) -> &'static str {
    match note {
        Note::PasswordChanged => "Your password was changed. Sign in with the new one.",
        Note::WaitsForApproval => "Sign in once an admin has approved your account.",
        Note::SessionEnded => "Your session has ended. Sign in again.",
        Note::KeyringLocked => "The keyring with your session stayed locked. Sign in with your password.",
        Note::KeyringFailed => "The keyring with your session cannot be opened. Sign in with your password.",
        Note::AccountDeleted => "Your account was deleted.",
    }
}
