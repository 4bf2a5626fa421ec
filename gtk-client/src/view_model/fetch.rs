//! How far something has come that a page fetches from the daemon.
//!
//! This file does not know what is fetched.

use super::Problem;
use crate::network::Answer;

/// How far it has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fetch {
    /// It is on its way.
    #[default]
    Loading,
    /// It is not to be had now.
    Failed(Problem),
    /// It is here.
    Here,
}

/// Returns what is wrong with an answer that does not bring what was asked for.
pub fn fault_of(answer: Answer) -> Problem {
    match answer {
        Answer::Denied(denial) => Problem::Denied(denial),
        Answer::Reply(_) | Answer::Lost => Problem::AnswerLost,
    }
}
