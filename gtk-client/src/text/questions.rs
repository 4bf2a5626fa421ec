//! What the window asks before something is done.
//!
//! This file does not know what is done at a yes.

use super::files;
use crate::format::size;
use crate::view_model::Question;
use crate::view_model::delete_account::Fate;

/// A question in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// What is asked.
    pub heading: String,
    /// What follows from each answer.
    pub body: String,
    /// What the button for yes says.
    pub yes: &'static str,
    /// What the button for no says.
    pub no: &'static str,
    /// What a third button says, where there is one.
    pub third: Option<&'static str>,
    /// What the box says by which the answer goes for all further questions of the kind.
    pub for_all: Option<&'static str>,
    /// Whether a yes takes something away for good.
    pub is_grave: bool,
}

/// Returns a question in words.
pub fn question(question: &Question) -> Asking {
    match question {
        Question::StoreAccount => Asking {
            heading: "Store These Changes?".to_owned(),
            body: "No brings back what was there before.".to_owned(),
            yes: "Yes",
            no: "No",
            is_grave: false,
            ..Asking::default()
        },
        Question::LeaveAccount => Asking {
            heading: "Discard Your Changes?".to_owned(),
            body: "What you changed is not stored yet.".to_owned(),
            yes: "Discard",
            no: "Keep Editing",
            is_grave: true,
            ..Asking::default()
        },
        Question::EndSession { device } => Asking {
            heading: "Sign This Device Out?".to_owned(),
            body: format!("“{device}” has to sign in again, with the password."),
            yes: "Sign Out",
            no: "Cancel",
            is_grave: true,
            ..Asking::default()
        },
        Question::PurgeFiles { files: count, name } => Asking {
            heading: "Delete for Good?".to_owned(),
            body: format!("{} cannot be restored then.", files::these(*count, name.as_deref())),
            yes: "Delete",
            no: "Cancel",
            is_grave: true,
            ..Asking::default()
        },
        Question::EmptyTrash { bytes } => Asking {
            heading: "Empty the Trash?".to_owned(),
            body: match bytes {
                Some(bytes) => format!("Everything in it is deleted for good. That frees {}.", size(*bytes)),
                None => "Everything in it is deleted for good.".to_owned(),
            },
            yes: "Empty Trash",
            no: "Cancel",
            is_grave: true,
            ..Asking::default()
        },
        Question::RemoveShared { files: count, name } => Asking {
            heading: "Remove from Your List?".to_owned(),
            body: format!(
                "You cannot fetch {} any more, until it is shared with you again. What you have saved stays.",
                files::these(*count, name.as_deref())
            ),
            yes: "Remove",
            no: "Cancel",
            is_grave: true,
            ..Asking::default()
        },
        Question::DeletePost => deleting_post(),
        Question::DeleteAccount { fate } => Asking {
            heading: "Delete Your Account?".to_owned(),
            body: after_deletion(*fate).to_owned(),
            yes: "Delete",
            no: "Cancel",
            is_grave: true,
            ..Asking::default()
        },
    }
}

/// Asks about something that one said.
fn deleting_post() -> Asking {
    Asking {
        heading: "Delete This Message?".to_owned(),
        body: "Nobody can read it any more. That it was there stays visible.".to_owned(),
        yes: "Delete",
        no: "Cancel",
        is_grave: true,
        ..Asking::default()
    }
}

/// Says what becomes of what was somebody's.
fn after_deletion(fate: Fate) -> &'static str {
    match fate {
        Fate::Keep => {
            "Those with whom you shared something keep it. Everything else of yours is removed for good."
        }
        Fate::Remove => "Everything of yours is removed for good, what you shared too.",
    }
}
