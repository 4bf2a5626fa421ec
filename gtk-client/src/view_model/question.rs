//! What the window can ask of the person before something is done.
//!
//! This file does not know the words (`text.rs`) nor what is done at a yes.

/// A question with a yes and a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether what was changed in one's own account is to be stored.
    StoreAccount,
}
