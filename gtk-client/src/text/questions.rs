//! What the window asks before something is done.
//!
//! This file does not know what is done at a yes.

use crate::view_model::Question;

/// A question in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// What is asked.
    pub heading: String,
    /// What follows from each answer.
    pub body: String,
    /// What the button for yes says.
    pub yes: &'static str,
    /// What the button for no says.
    pub no: &'static str,
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
        },
    }
}
