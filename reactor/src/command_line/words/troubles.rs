//! Why something was not done, and what to do: the sentences for every trouble.
//!
//! This file does not know what was asked.

use parlour_common::limits::{NOTE_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use parlour_common::message::{ClosingReason, Denial, Fault, Field, FieldFault};

use super::field_name;
use crate::command_line::reach::WORKING_FOLDER;
use crate::command_line::table::plain;
use crate::command_line::trouble::Trouble;
use crate::store::StoreError;

/// Says why a command was not carried out, and what to do.
pub fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Config(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "),
        Trouble::Store { error, data_dir } => {
            store(error).replace(WORKING_FOLDER, &data_dir.display().to_string())
        }
        Trouble::NotOwner { data_dir, error } => format!(
            "{} is another user's, and this program cannot act as them ({error}); run it as that user.",
            data_dir.display()
        ),
        Trouble::House(sentence) | Trouble::Unfit(sentence) | Trouble::Usage(sentence) => sentence.clone(),
        Trouble::Unreachable(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            "no permission to speak with the daemon, nor to look whether it runs; run this command as the daemon's user, or with sudo."
                .to_owned()
        }
        Trouble::Unreachable(error) => format!(
            "the daemon runs, but cannot be spoken with ({error}). If that lasts, stop it and run this \
             command again: it needs no running daemon."
        ),
        Trouble::Silent => "the daemon does not answer. Its log may say why. Whether it still does what was \
                            asked is not known; look with `parlourd audit`."
            .to_owned(),
        Trouble::HungUp(reason) => hung_up(reason.as_ref()),
        Trouble::Foreign(what) => format!(
            "the daemon that runs is of another version ({what}). Use the parlourd that it was started from, \
             or restart it with this one."
        ),
        Trouble::StorageFailed => "the store has failed, so nothing was kept. Free some disk space or check \
                                   the disk, then try again."
            .to_owned(),
        Trouble::Denied(why) => denial(why),
        Trouble::Declined => "nothing was changed.".to_owned(),
        Trouble::Terminal(error) => format!("standard input or output cannot be used: {error}."),
    }
}

fn store(error: &StoreError) -> String {
    match error {
        StoreError::Held { dir } => format!(
            "the store in {} is in use, but nobody answers there: either parlourd is just starting or \
             stopping, or another program reads it. Try again in a moment.",
            dir.display()
        ),
        StoreError::Missing { dir } => format!(
            "there is no store in {}. Name the daemon's own --config or --data-dir, or start the daemon once.",
            dir.display()
        ),
        StoreError::NoPermission { path, source } => format!(
            "no permission to use {} ({source}); run this command as the daemon's user, or with sudo.",
            path.display()
        ),
        other => format!("{other}."),
    }
}

fn hung_up(reason: Option<&ClosingReason>) -> String {
    let why = match reason {
        Some(ClosingReason::Shutdown {}) => "is stopping",
        Some(ClosingReason::BadFrame { .. }) => {
            return trouble(&Trouble::Foreign("it does not understand us".to_owned()));
        }
        _ => "has ended the connection",
    };
    format!(
        "the daemon {why}. Whether it has done what was asked is not known; try again in a moment, or look \
         with `parlourd audit`."
    )
}

/// Says why the daemon does not do what was asked.
fn denial(denial: &Denial) -> String {
    match denial {
        Denial::InvalidFields { faults } => {
            faults.iter().map(field_fault).collect::<Vec<_>>().join("\n  ")
        }
        Denial::NoSuchMember {} | Denial::NotRegistered {} => {
            "no account has this username; `parlourd user list` shows all.".to_owned()
        }
        Denial::LastAdmin {} => {
            "nobody would be admin any more. Make someone else admin first: parlourd user role NAME admin"
                .to_owned()
        }
        Denial::NoSuchInvite {} => {
            "there is no such invite that could still be used; `parlourd invite list` shows all.".to_owned()
        }
        Denial::TooManyInvites { limit } => {
            format!("there are {limit} invites that can be used, which is all there may be; revoke some first.")
        }
        Denial::Busy { .. } => "the daemon has too much to do just now; try again in a moment.".to_owned(),
        Denial::Throttled { retry_after_ms } => {
            format!("that was asked too often; try again in {} s.", retry_after_ms.div_ceil(1000))
        }
        Denial::MailUnavailable {} => "the daemon cannot take more mail just now; try again later.".to_owned(),
        Denial::StorageUnavailable {} => {
            "records cannot be kept just now: the disk is full or failing. Free at least 128 MiB and try again."
                .to_owned()
        }
        Denial::NotAllowed {} => "the daemon does not allow that to the command line.".to_owned(),
        Denial::Internal {} => "something went wrong; the log says what.".to_owned(),
        Denial::UnknownRequest {} | Denial::VersionUnsupported { .. } => {
            trouble(&Trouble::Foreign("it does not know this request".to_owned()))
        }
        Denial::BadRequest { reason } => format!("that is not accepted: {}.", plain(reason)),
        other => format!("the daemon refuses: {other:?}."),
    }
}

fn field_fault(FieldFault { field, fault }: &FieldFault) -> String {
    let name = field_name(*field);
    match (field, fault) {
        (Field::HandOverTo, _) => {
            "what was shared can be handed over only to another account that can be used.".to_owned()
        }
        (Field::Email, Fault::NotAllowed {}) => "the e-mail address is none.".to_owned(),
        (Field::Phone, Fault::NotAllowed {}) => {
            "the phone number does not look as `phone_pattern` in the configuration wants it.".to_owned()
        }
        (Field::UserName, Fault::NotAllowed {}) => {
            "the username has a character that none may have, or mixes scripts.".to_owned()
        }
        (Field::Note, Fault::TooLong { .. }) => format!("the note is longer than {NOTE_BYTES_MAX} bytes."),
        (Field::Note, Fault::NotAllowed {}) => "the note must be one line of plain text.".to_owned(),
        (Field::Password, Fault::TooShort { .. }) => {
            format!("the password is shorter than {PASSWORD_CHARS_MIN} characters.")
        }
        (Field::Password, Fault::TooLong { .. }) => {
            format!("the password is longer than {PASSWORD_BYTES_MAX} bytes.")
        }
        (_, Fault::Missing {}) => format!("{name} is missing."),
        (_, Fault::TooShort { chars_min }) => format!("{name} is shorter than {chars_min} characters."),
        (_, Fault::TooLong { max }) => format!("{name} is longer than {max}."),
        (_, Fault::NotAllowed {}) => format!("{name} is not well-formed."),
        (_, Fault::Reserved {}) => format!("{name} is a word that nobody may take."),
        (_, Fault::Taken {}) => format!("{name}, or one that looks the same, is another account's."),
    }
}
