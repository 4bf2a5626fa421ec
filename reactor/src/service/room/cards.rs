//! What a post shows: a file or a track, to be fetched and kept by whoever may read the post.
//!
//! This file does not know where contents lie. Whether somebody may read a post is looked up where its record is read.

use parlour_common::message::{Card, CardSource, FetchCard, KeepCard, Track, TrackId};

use super::super::{Service, Session};
use super::WaitingForRoom;
use crate::id::{Asker, Now};
use crate::job::RoomJob;
use crate::store::{NewCard, RoomChange};

/// As much of a title or of an artist as a card shows, in bytes: with the longest text it is still one record.
const CARD_TEXT_BYTES_MAX: usize = 200;

impl Service {
    pub(super) fn handle_fetch_card(&mut self, asker: Asker, fetch: FetchCard) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let FetchCard { conversation, post, .. } = fetch;
        self.run_room(asker, RoomJob::OpenCard { user, conversation, post }, WaitingForRoom::Card(fetch));
    }

    pub(super) fn handle_keep_card(&mut self, now: Now, asker: Asker, form: KeepCard) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let KeepCard { conversation, post, same_name } = form;
        let (at_unix_ms, standard_quota_bytes) = (now.unix_ms, self.files.standard_quota_bytes);
        let change =
            RoomChange::KeepCard { user, conversation, post, same_name, at_unix_ms, standard_quota_bytes };
        self.commit_room(asker, change, WaitingForRoom::Keep);
    }

    /// Makes the card of a post to be said. Whether the library has to have a track is for the store to say: what was
    /// said before is answered as it was, whatever the library has by now.
    pub(super) fn card_of(&self, source: CardSource) -> NewCard {
        match source {
            CardSource::File(file) => NewCard::File(file),
            CardSource::Track(track) => self.track_card(track).map_or(NewCard::NoTrack, NewCard::Track),
        }
    }

    fn track_card(&self, track: TrackId) -> Option<Card> {
        let track = self.library.index.find(track)?.track();
        let Track { id, file_name, title, artist, duration_ms, size_bytes, cover, .. } = track;
        let cut = |text: String| text[..text.floor_char_boundary(CARD_TEXT_BYTES_MAX)].to_owned();
        let (title, artist) = (cut(title), cut(artist));
        Some(Card::Track { track: id, file_name, title, artist, duration_ms, size_bytes, cover })
    }
}
