//! What is done with the tracks that are selected: downloaded, or shown in a conversation.
//!
//! This file does not know how tracks are fetched or selected.

use std::sync::Arc;

use parlour_common::message::{CardSource, Track};

use super::{Library, Missing};
use crate::view_model::choices::SHOWN_AT_ONCE_MAX;
use crate::view_model::{Effect, Notice, RowsChange, Wanted};

impl Library {
    /// Returns how many tracks are selected, and their size in bytes where that is known.
    pub fn picked(&self) -> (usize, Option<u64>) {
        let rows = self.rows.borrow();
        (rows.picked_count(), rows.picked_bytes())
    }

    /// Tells whether the tracks of selected rows are still being asked for.
    pub fn is_gathering(&self) -> bool {
        self.gathering
    }

    /// Returns what is missing for a download, the first thing first.
    pub fn missing(&self) -> Option<Missing> {
        if self.folder.is_none() {
            Some(Missing::Folder)
        } else if self.rows.borrow().picked_count() == 0 {
            Some(Missing::Tracks)
        } else {
            None
        }
    }

    /// Tells whether Download can be pressed.
    pub fn can_download(&self) -> bool {
        self.missing().is_none() && !self.gathering
    }

    /// Tells whether what is selected can be shown in a conversation.
    pub fn can_show(&self) -> bool {
        let rows = self.rows.borrow();
        (1..=SHOWN_AT_ONCE_MAX).contains(&rows.picked_count()) && rows.picked_bytes().is_some()
    }

    /// Shows what is selected in the conversation that one was in last.
    pub(super) fn show(&mut self) -> Vec<Effect> {
        if !self.can_show() {
            return Vec::new();
        }
        self.gathering = false;
        let picks = self.rows.borrow_mut().take_picks();
        let show = |track: Arc<Track>| Effect::Show(CardSource::Track(track.id), track.title.clone());
        let mut effects = vec![Effect::Rows(RowsChange::Picked)];
        effects.extend(picks.into_iter().map(show));
        effects
    }

    pub(super) fn download(&mut self) -> Vec<Effect> {
        if !self.can_download() {
            return Vec::new();
        }
        self.gathering = true;
        let mut effects = self.finish_gathering();
        effects.extend(self.fetch());
        effects
    }

    /// Queues the selection once every track of it is known.
    pub(super) fn finish_gathering(&mut self) -> Vec<Effect> {
        if !self.gathering || self.rows.borrow().picked_bytes().is_none() {
            return Vec::new();
        }
        self.gathering = false;
        let picks = self.rows.borrow_mut().take_picks();
        let mut effects = self.queue(picks);
        effects.push(Effect::Rows(RowsChange::Picked));
        effects
    }

    pub(super) fn activate(&mut self, row: u32) -> Vec<Effect> {
        if self.folder.is_none() {
            return vec![Effect::Say(Notice::ChooseFolderFirst)];
        }
        let track = self.rows.borrow().item(row).cloned();
        self.queue(track.into_iter().collect())
    }

    fn queue(&self, tracks: Vec<Arc<Track>>) -> Vec<Effect> {
        let Some(folder) = self.folder.clone() else { return Vec::new() };
        let wanted: Vec<Wanted> =
            tracks.into_iter().map(|track| Wanted { track, folder: folder.clone() }).collect();
        if wanted.is_empty() { Vec::new() } else { vec![Effect::Queue(wanted)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::library::Msg;
    use crate::view_model::library::tests::library_of;
    use crate::view_model::rows::Pickable;
    use parlour_common::message::TrackId;

    #[test]
    fn a_few_tracks_can_be_shown_at_once_and_are_not_selected_then() {
        let (mut library, _) = library_of(48);
        assert!(library.update(Msg::Show).is_empty() && !library.can_show());
        library.rows.borrow_mut().set_picked(3..5, true);
        let show = |id| Effect::Show(CardSource::Track(TrackId(id)), format!("Title {id}"));
        let effects = library.update(Msg::Show);
        assert_eq!(effects, [Effect::Rows(RowsChange::Picked), show(3), show(4)]);
        assert_eq!(library.picked().0, 0);
        library.rows.borrow_mut().set_picked(0..11, true);
        assert!(!library.can_show() && library.update(Msg::Show).is_empty(), "too many");
    }
}
