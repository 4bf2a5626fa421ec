//! What can happen to the pages for a forgotten password.

use parlour_common::Secret;

use crate::network::ServerAddress;
use crate::view_model::{Answered, Entry, Hear, News, Reached};

/// What happens to the pages.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The first of them is shown.
    Opened {
        /// The server that has the account.
        server: ServerAddress,
        /// The username typed so far.
        user_name: String,
    },
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// The keyboard left an entry.
    Left(Entry),
    /// Do what the main button says.
    Submit,
    /// The person has a code already.
    HaveCode,
    /// Send a code, in place of the one before.
    SendAgain,
    /// A second has passed, as [`Effect::TickSoon`] asked.
    Tick,
    /// Stop trying.
    Cancel,
    /// Go back to the first page.
    Back,
    /// The server was reached, or not.
    Reached(Reached),
    /// The daemon answered.
    Answered(Answered),
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Reached(reached) => Some(Self::Reached(reached)),
            News::Back => Some(Self::Back),
            _ => None,
        }
    }
}
