//! What a person chose about the room: what they are told of, and what is saved by itself.
//!
//! This file does not know how somebody is told, nor where files are saved.

use serde::{Deserialize, Serialize};

/// How many files or tracks are shown at once: each is a message of its own to everybody.
pub const SHOWN_AT_ONCE_MAX: usize = 10;

/// How many bytes a mebibyte has.
const MIB: u64 = 1024 * 1024;

/// What a person chose about the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// What they are told of while they look elsewhere.
    pub notify: Notify,
    /// Whether that is heard, too.
    pub has_sound: bool,
    /// Whether they are told of nothing for now.
    pub do_not_disturb: bool,
    /// Which files of the room are saved by themselves.
    pub save_cards: SaveCards,
    /// Whether they take their seat in the room when they sign in.
    pub is_in_room: bool,
}

/// Of what somebody is told while they look elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// Of everything.
    All,
    /// Of what mentions them, and of what is said to them alone.
    #[default]
    Mentions,
    /// Of nothing.
    Nothing,
}

/// Which files of the room are saved by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveCards {
    /// None.
    #[default]
    Never,
    /// Those of at most so many mebibytes.
    UpToMib(u32),
    /// All.
    Always,
}

impl Notify {
    /// All that can be chosen.
    pub const ALL: [Self; 3] = [Self::All, Self::Mentions, Self::Nothing];
}

impl SaveCards {
    /// What is offered; what was chosen at another place or in the file may be something else.
    pub const OFFERED: [Self; 5] =
        [Self::Never, Self::UpToMib(1), Self::UpToMib(10), Self::UpToMib(100), Self::Always];
}

/// Why somebody might be told of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Occasion {
    /// It was said in the room.
    Room,
    /// It mentions them.
    Mention,
    /// It was said to them alone.
    Direct,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            notify: Notify::default(),
            has_sound: true,
            do_not_disturb: false,
            save_cards: SaveCards::default(),
            is_in_room: true,
        }
    }
}

impl Choices {
    /// Tells whether somebody is told of something.
    pub fn tells(&self, occasion: Occasion) -> bool {
        let wanted = match self.notify {
            Notify::All => true,
            Notify::Mentions => occasion != Occasion::Room,
            Notify::Nothing => false,
        };
        wanted && !self.do_not_disturb
    }

    /// Tells whether a file of this size is saved by itself.
    pub fn saves(&self, size_bytes: u64) -> bool {
        match self.save_cards {
            SaveCards::Never => false,
            SaveCards::UpToMib(mib) => size_bytes <= u64::from(mib) * MIB,
            SaveCards::Always => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_of_what_one_chose_and_of_nothing_while_one_is_not_to_be_disturbed() {
        let told = |notify, do_not_disturb| {
            let choices = Choices { notify, do_not_disturb, ..Choices::default() };
            [Occasion::Room, Occasion::Mention, Occasion::Direct].map(|occasion| choices.tells(occasion))
        };
        assert_eq!(told(Notify::All, false), [true; 3]);
        assert_eq!(told(Notify::Mentions, false), [false, true, true]);
        assert_eq!(told(Notify::Nothing, false), [false; 3]);
        for notify in [Notify::All, Notify::Mentions, Notify::Nothing] {
            assert_eq!(told(notify, true), [false; 3]);
        }
    }

    #[test]
    fn a_file_is_saved_by_itself_up_to_the_size_that_was_chosen() {
        let saves = |save_cards, size| Choices { save_cards, ..Choices::default() }.saves(size);
        assert!(!saves(SaveCards::Never, 0) && saves(SaveCards::Always, u64::MAX));
        assert!(saves(SaveCards::UpToMib(2), 2 * MIB) && !saves(SaveCards::UpToMib(2), 2 * MIB + 1));
    }
}
