//! What is done where one's files have one of a name already: the person is asked, once for each or once
//! for all.
//!
//! This file does not know the words of the question.

use parlour_common::message::SameName;

use super::{Effect, Stage, Transfer, Transfers};
use crate::view_model::question::{Choice, Chosen};

/// The question about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The name.
    pub file_name: String,
    /// The size of what is to be uploaded, in bytes.
    pub new_bytes: u64,
    /// The size of what is there, in bytes.
    pub old_bytes: u64,
    /// When what is there came, in milliseconds since 1970 UTC.
    pub old_unix_ms: u64,
}

/// The person's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What to do; `None` skips the file.
    pub same_name: Option<SameName>,
    /// Whether that goes for every further name that is taken, too.
    pub for_all: bool,
}

impl From<Chosen> for Answer {
    fn from(Chosen { choice, for_all }: Chosen) -> Self {
        let same_name = match choice {
            Choice::Yes => Some(SameName::Replace),
            Choice::Third => Some(SameName::KeepBoth),
            Choice::No => None,
        };
        Self { same_name, for_all }
    }
}

impl Transfers {
    /// Returns what the person is asked just now.
    pub fn conflict(&self) -> Option<Conflict> {
        let transfer = self.asking.front()?;
        transfer.conflict.clone()
    }

    /// Takes it that the name of an upload is taken.
    pub(super) fn ask_name(
        &mut self,
        mut transfer: Transfer,
        old_bytes: u64,
        old_unix_ms: u64,
    ) -> Vec<Effect> {
        transfer.conflict = Some(Conflict {
            file_name: transfer.item.title.clone(),
            new_bytes: transfer.item.size_bytes(),
            old_bytes,
            old_unix_ms,
        });
        transfer.stage = Stage::Asking;
        if let Some(answer) = self.for_all {
            return self.obey(transfer, answer);
        }
        self.asking.push_back(transfer);
        if self.asking.len() == 1 { vec![self.question()] } else { Vec::new() }
    }

    /// Takes the person's answer.
    pub(super) fn choose(&mut self, answer: Answer) -> Vec<Effect> {
        let mut effects = Vec::new();
        if answer.for_all && !self.asking.is_empty() {
            self.for_all = Some(answer);
        }
        while let Some(transfer) = self.asking.pop_front() {
            effects.extend(self.obey(transfer, answer));
            if !answer.for_all {
                break;
            }
        }
        effects.push(self.question());
        effects.extend(self.go_on());
        effects
    }

    fn obey(&mut self, mut transfer: Transfer, answer: Answer) -> Vec<Effect> {
        transfer.conflict = None;
        match answer.same_name {
            Some(same_name) => {
                transfer.item.set_same_name(same_name);
                transfer.stage = Stage::Waiting;
                self.waiting.push_front(transfer);
                Vec::new()
            }
            None => self.leave(transfer),
        }
    }

    /// Asks about the first of those whose name is taken, or takes the question back.
    pub(super) fn question(&self) -> Effect {
        Effect::AskName(self.conflict().map(Box::new))
    }
}

#[cfg(test)]
mod tests;
