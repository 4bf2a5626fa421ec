//! Refusals of the daemon.
//!
//! This file does not know what was asked.

use parlour_common::message::Denial;

use super::people::isolated;
use super::problem;
use crate::format::{self, counted};
use crate::view_model::Problem;

/// Says why the daemon did not do what was asked.
pub fn denial(denial: &Denial) -> String {
    match denial {
        Denial::Throttled { retry_after_ms } => {
            format!("Too many tries. Wait {}, then try again.", wait(*retry_after_ms))
        }
        Denial::Busy { retry_after_ms } => {
            format!("The server has too much to do. Try again in {}.", wait(*retry_after_ms))
        }
        Denial::NotRegistered {} => problem(None, &Problem::NotRegistered),
        Denial::WrongPassword {} => problem(None, &Problem::WrongPassword),
        Denial::SignInRefused {} => problem(None, &Problem::SignInRefused),
        Denial::SignInFirst {} | Denial::SessionEnded {} => {
            "Your session has ended. Sign in again.".to_owned()
        }
        Denial::SignedInAlready {} => "You are signed in already. Sign out first.".to_owned(),
        Denial::InvalidFields { .. } => "Something in the form is not right. Check it.".to_owned(),
        Denial::NoSuchTrack {} => "The track is not in the library any more. Search for it again.".to_owned(),
        Denial::NoSuchCover {} => "The picture is not in the library any more.".to_owned(),
        Denial::StorageUnavailable {} => {
            "The server cannot store anything at the moment. Try again later, or tell the operator."
                .to_owned()
        }
        Denial::Internal {} => {
            "Something went wrong on the server. Try again; if it happens again, tell the operator."
                .to_owned()
        }
        Denial::VersionUnsupported { .. } | Denial::UnknownRequest {} | Denial::BadRequest { .. } => {
            "The server and this app do not understand each other. Update the older one.".to_owned()
        }
        Denial::TooManyConnections { .. } | Denial::TooManyTransfers { .. } => too_many(denial).to_owned(),
        Denial::NotAllowed {}
        | Denial::ApprovalPending {}
        | Denial::AccountDisabled {}
        | Denial::NoSuchMember {}
        | Denial::NoSuchSession {}
        | Denial::NoSuchInvite {}
        | Denial::LastAdmin {}
        | Denial::WrongCode { .. }
        | Denial::CodeVoid {}
        | Denial::MailUnavailable {}
        | Denial::TooManyInvites { .. } => denial_of_people(denial),
        Denial::HelloFirst {}
        | Denial::HelloAgain {}
        | Denial::VersionChanged {}
        | Denial::OffsetOutside { .. }
        | Denial::NoSuchTransfer {} => {
            "Something went wrong between the app and the server. Try again.".to_owned()
        }
        Denial::NoSuchFile {}
        | Denial::NameTaken { .. }
        | Denial::QuotaExceeded { .. }
        | Denial::DiskFull {}
        | Denial::TooManyFiles { .. }
        | Denial::TooManyUploads { .. }
        | Denial::TooManyRecipients { .. }
        | Denial::NoSuchUpload {}
        | Denial::UploadIncomplete { .. }
        | Denial::UploadDiffers {}
        | Denial::HashMismatch {}
        | Denial::FileLost {} => denial_of_files(denial),
        Denial::SeatTaken { .. }
        | Denial::NotSeated {}
        | Denial::NoSuchConversation {}
        | Denial::NoSuchPost {}
        | Denial::NoSuchCard {}
        | Denial::NotAuthor {}
        | Denial::CardsFull { .. } => denial_of_the_room(denial),
    }
}

/// Says of what there is too much at once.
fn too_many(denial: &Denial) -> &'static str {
    match denial {
        Denial::TooManyTransfers { .. } => "Too many transfers are under way. Try again when one has ended.",
        _ => "You are signed in too many times at once. Close Parlour on another device, then try again.",
    }
}

/// Says why the daemon did not do what was asked with accounts, codes and invites.
fn denial_of_people(denial: &Denial) -> String {
    match denial {
        Denial::NotAllowed {} => "Only an admin may do this. Ask one.".to_owned(),
        Denial::ApprovalPending {} => {
            "Your account is waiting for an admin to approve it. Try again later, or ask one.".to_owned()
        }
        Denial::AccountDisabled {} => "An admin has disabled this account. Ask one to enable it.".to_owned(),
        Denial::NoSuchMember {} => "There is no member of that name. Check the spelling.".to_owned(),
        Denial::NoSuchSession {} => "That device is signed out already.".to_owned(),
        Denial::NoSuchInvite {} => "That invite has been used, or is not in force any more.".to_owned(),
        Denial::LastAdmin {} => {
            "Nobody would be admin any more. Make someone else an admin first.".to_owned()
        }
        Denial::WrongCode { tries_left: 0 } => {
            "The code is wrong, and there is no try left. Ask for a new one.".to_owned()
        }
        Denial::WrongCode { tries_left } => {
            let tries = counted(u64::from(*tries_left), "more try", "more tries");
            format!("The code is wrong. You have {tries}.")
        }
        Denial::CodeVoid {} => "This code cannot be used any more. Ask for a new one.".to_owned(),
        Denial::MailUnavailable {} => {
            "The server cannot send mail at the moment. Ask an admin for a code, or try again later."
                .to_owned()
        }
        Denial::TooManyInvites { limit } => {
            format!("There are {limit} invites in use already. Revoke one first.")
        }
        // Every other denial is said by the one who asks.
        _ => "The server does not do this.".to_owned(),
    }
}

/// Says why the daemon did not do what was asked with people's files.
fn denial_of_files(denial: &Denial) -> String {
    match denial {
        Denial::NoSuchFile {} => {
            "The file is not there any more, or is not shared with you any more.".to_owned()
        }
        Denial::NameTaken { .. } => "You have a file of this name already. Choose another name.".to_owned(),
        Denial::QuotaExceeded { left_bytes } => format!(
            "Your files would take more room than you have: {} are left. Delete some files, then empty the trash.",
            format::size(*left_bytes)
        ),
        Denial::DiskFull {} => {
            "The server's disk is full. Try again later; the admins have been told.".to_owned()
        }
        Denial::TooManyFiles { limit } => {
            format!("You have {limit} files already, which is the most. Delete some, then empty the trash.")
        }
        Denial::TooManyUploads { limit } => {
            format!("You have {limit} unfinished uploads already. Finish some, or cancel them.")
        }
        Denial::TooManyRecipients { limit } => {
            format!("A file can be shared with {limit} members at most. Stop sharing it with someone first.")
        }
        Denial::NoSuchUpload {} | Denial::UploadIncomplete { .. } | Denial::UploadDiffers {} => {
            "The upload was interrupted and cannot go on. Upload the file again.".to_owned()
        }
        Denial::HashMismatch {} => {
            "The file was damaged on its way to the server. Upload it again.".to_owned()
        }
        Denial::FileLost {} => {
            "The server cannot find the contents of this file any more. Tell an admin.".to_owned()
        }
        // Every other denial is said by the one who asks.
        _ => "The server does not do this.".to_owned(),
    }
}

/// Says why the daemon did not do what was asked in the room.
fn denial_of_the_room(denial: &Denial) -> String {
    match denial {
        Denial::SeatTaken { device } => {
            format!(
                "You are in the room on {} already. Leave it there, or take over your seat.",
                isolated(device)
            )
        }
        Denial::NotSeated {} => "You are not in the room. Enter it first.".to_owned(),
        Denial::NoSuchConversation {} => "This conversation is not there any more.".to_owned(),
        Denial::NoSuchPost {} => "This message is not kept any more.".to_owned(),
        Denial::NoSuchCard {} => "This file is not there any more: its message was deleted.".to_owned(),
        Denial::NotAuthor {} => "Somebody else wrote this message. You can change your own only.".to_owned(),
        Denial::CardsFull { left_bytes } => format!(
            "There is no room for this file in the conversations: {} are left for all of them. Delete messages with files, or ask an admin.",
            format::size(*left_bytes)
        ),
        // Every other denial is said by the one who asks.
        _ => "The server does not do this.".to_owned(),
    }
}

/// Returns a wait in the largest unit that says it well, and never less than it is.
fn wait(milliseconds: u32) -> String {
    let seconds = u64::from(milliseconds.div_ceil(1000).max(1));
    match seconds {
        0..=99 => counted(seconds, "second", "seconds"),
        100..=5_999 => counted(seconds.div_ceil(60), "minute", "minutes"),
        _ => counted(seconds.div_ceil(3600), "hour", "hours"),
    }
}
