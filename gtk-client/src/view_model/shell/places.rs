//! The places that are always open while somebody is signed in, and what can be reached from each of them.
//!
//! This file knows no page by content.

use parlour_common::message::{DiskLow, DiskState};

use super::{Act, Shell, tell};
use crate::view_model::files::Offered;
use crate::view_model::{News, Page, ToPage, settings};

/// The places, in the order in which they are offered.
pub const PLACES: [Page; 3] = [Page::Library, Page::Files, Page::Room];

impl Shell {
    /// Tells whether one of the places fills the window.
    pub fn is_at_place(&self) -> bool {
        PLACES.contains(&self.page())
    }

    /// Returns how many files others shared since one has looked.
    pub fn unseen(&self) -> u32 {
        self.unseen
    }

    /// Returns how room on the daemon's disk runs short, as far as one is told.
    pub fn disk(&self) -> Option<&DiskLow> {
        self.disk.as_ref()
    }

    /// Hides what is said about the disk, until it changes.
    pub fn hide_disk(&mut self) {
        self.disk = None;
    }

    /// Goes to a place, from another place.
    pub fn turn_to(&mut self, place: Page) -> Vec<Act> {
        if !self.is_at_place() || self.is_asking() {
            return Vec::new();
        }
        self.go_to(place)
    }

    /// Goes to a place, wherever one is.
    pub(super) fn go_to(&mut self, place: Page) -> Vec<Act> {
        if self.account.is_none() || !PLACES.contains(&place) || self.page() == place {
            return Vec::new();
        }
        let mut acts = self.begin_at(place);
        acts.extend(tell(place, News::Shown));
        acts
    }

    /// Takes what was dropped on the window.
    pub fn take_dropped(&mut self, offered: Offered) -> Vec<Act> {
        if !self.can_drop() {
            return Vec::new();
        }
        let mut acts = self.go_to(Page::Files);
        acts.extend(tell(Page::Files, News::Offered(offered)));
        acts
    }

    /// Tells whether files can be dropped on the window now.
    pub fn can_drop(&self) -> bool {
        // The room takes what is dropped on it itself: it is to be shown there.
        let is_elsewhere = self.page() != Page::Room;
        self.account.is_some() && self.is_at_place() && is_elsewhere && !self.is_asking()
    }

    /// Takes an offer that was made in passing.
    pub fn take_offer(&mut self, msg: ToPage) -> Vec<Act> {
        if self.account.is_some() { vec![Act::Tell(msg)] } else { Vec::new() }
    }

    /// Opens the settings of who is signed in, from any place.
    pub fn open_settings(&mut self) -> Vec<Act> {
        let Some(account) = self.account.clone().filter(|_| self.is_at_place()) else {
            return Vec::new();
        };
        let server = self.server_name.clone().unwrap_or_default();
        let phone_pattern = self.phone_pattern.clone();
        let (account, choices) = (Box::new(account), self.choices);
        self.open(settings::Msg::Opened { account, server, phone_pattern, choices }.into())
    }

    /// Returns every page that hears what is told unasked: the places, and what is open.
    pub fn open_pages(&self) -> Vec<Page> {
        let places = PLACES.into_iter().filter(|_| self.account.is_some());
        let open = self.trail.open().iter().copied().filter(|page| !PLACES.contains(page));
        places.chain(open).collect()
    }

    pub(super) fn take_disk(&mut self, low: DiskLow) {
        self.disk = Some(low).filter(|low| low.state != DiskState::Enough);
    }
}

#[cfg(test)]
mod tests;
