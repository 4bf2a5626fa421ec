//! The rows of the room, in words: what the list paints, and what can be done with each.
//!
//! This file does not know how rows are drawn, nor where posts come from.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use parlour_common::message::{Card, CoverId, FileHash, OnePost, Post};
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio};

use crate::text;
use crate::view_model::room::{Attachment, PendingRow, PostRow, Row, Sending, Timeline};
use crate::widgets::covers::Covers;
use crate::widgets::file_icons::FileIcons;
use crate::widgets::pictures::{PICTURE_BYTES_MAX, Pictures};
use crate::widgets::post_look::{CardLook, PictureLook, PostDeed, PostLook, QuoteLook, RowLook, SendingLook};
use crate::widgets::timeline::Rows;

/// What stands for a track without a picture.
const TRACK_ICON: &str = "audio-x-generic-symbolic";

/// What stands for a file that is gone.
const GONE_ICON: &str = "edit-delete-symbolic";

/// What all rows are painted with.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) own: RefCell<String>,
    pub(super) can_write: std::cell::Cell<bool>,
    pub(super) pictures: Pictures,
    pub(super) covers: RefCell<Covers>,
    icons: FileIcons,
    /// Whether the desktop has something that plays this kind of file.
    players: RefCell<HashMap<String, bool>>,
}

/// A picture that is looked at and not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// That of a file.
    Picture(OnePost, FileHash),
    /// That of a track.
    Cover(CoverId),
}

/// The rows of the conversation that is shown.
pub(super) struct TalkRows {
    pub(super) shown: Rc<RefCell<Timeline>>,
    pub(super) palette: Rc<Palette>,
}

/// The rows of what a search has found.
pub(super) struct FoundRows {
    pub(super) found: Rc<RefCell<Vec<Arc<Post>>>>,
    pub(super) palette: Rc<Palette>,
}

impl Rows for TalkRows {
    fn look(&self, position: u32) -> Option<RowLook> {
        let row = self.shown.borrow().row(position)?;
        Some(match row {
            Row::Day { unix_ms } => RowLook::Day(text::day_line(unix_ms)),
            Row::New => RowLook::New(text::NEW.to_owned()),
            Row::Seat(line) => RowLook::Seat(text::seat_line(&line)),
            Row::Post(row) => RowLook::Post(Box::new(self.palette.post(&row))),
            Row::Pending(pending) => {
                let above = position.checked_sub(1).and_then(|above| self.shown.borrow().row(above));
                let is_grouped = match above {
                    Some(Row::Pending(_)) => true,
                    Some(Row::Post(above)) => above.is_own,
                    _ => false,
                };
                let look = self.palette.pending(&pending);
                RowLook::Post(Box::new(PostLook { is_grouped, ..look }))
            }
        })
    }

    fn offers(&self, position: u32, deed: PostDeed) -> bool {
        let row = self.shown.borrow().row(position);
        match row {
            Some(Row::Post(row)) => self.palette.offers(&row, deed),
            Some(Row::Pending(pending)) => match deed {
                PostDeed::CopyText => !pending.text.is_empty(),
                PostDeed::TryAgain => matches!(pending.state, Sending::Failed(_) | Sending::NotUploaded(_)),
                PostDeed::Discard => !matches!(pending.state, Sending::Sending),
                _ => false,
            },
            _ => false,
        }
    }
}

impl Rows for FoundRows {
    fn look(&self, position: u32) -> Option<RowLook> {
        let post = self.found.borrow().get(position as usize).cloned()?;
        let row =
            PostRow { post, is_grouped: false, is_own: false, mentions_me: false, is_edited_now: false };
        let look = self.palette.post(&row);
        let card = look.card.map(|card| CardLook { deeds: Vec::new(), ..card });
        let time = text::said_at(row.post.said_unix_ms);
        Some(RowLook::Post(Box::new(PostLook { is_found: true, card, time, ..look })))
    }

    fn offers(&self, _position: u32, _deed: PostDeed) -> bool {
        false
    }
}

impl Palette {
    pub(super) fn new(pictures: Pictures) -> Self {
        Self {
            own: RefCell::default(),
            can_write: std::cell::Cell::new(true),
            pictures,
            covers: RefCell::default(),
            icons: FileIcons::default(),
            players: RefCell::default(),
        }
    }

    /// Returns the picture of a post that is to be fetched, if it has one that is not here.
    pub(super) fn want(&self, post: &Post) -> Option<Wanted> {
        match post.card.as_ref()? {
            Card::File { sha256, .. } => {
                let is_new = has_picture(post) && self.pictures.want(*sha256);
                let card = OnePost { conversation: post.conversation, post: post.post };
                is_new.then_some(Wanted::Picture(card, *sha256))
            }
            Card::Track { cover: Some(cover), .. } => {
                let (_, is_new) = self.covers.borrow_mut().look(*cover);
                is_new.then_some(Wanted::Cover(*cover))
            }
            Card::Track { .. } | Card::Gone {} | Card::Unknown {} => None,
        }
    }

    fn post(&self, row: &PostRow) -> PostLook {
        let post = &row.post;
        let is_deleted = row.is_deleted();
        PostLook {
            author: post.author.to_string(),
            time: text::time_of_day(post.said_unix_ms),
            when: text::said_at(post.said_unix_ms),
            text: if is_deleted { text::DELETED.to_owned() } else { post.text.clone() },
            aloud: text::post_aloud(post),
            is_grouped: row.is_grouped,
            names_me: row.mentions_me,
            is_deleted,
            is_edited_now: row.is_edited_now,
            edited: post.edited_unix_ms.filter(|_| !is_deleted).map(text::edited_at),
            quote: post
                .reply_to
                .as_ref()
                .map(|quote| QuoteLook { author: quote.author.to_string(), excerpt: quote.excerpt.clone() }),
            card: post.card.as_ref().map(|card| self.card(card, row)),
            ..PostLook::default()
        }
    }

    fn pending(&self, pending: &PendingRow) -> PostLook {
        let own = self.own.borrow();
        PostLook {
            author: own.clone(),
            text: pending.text.clone(),
            aloud: text::pending_aloud(&own, pending),
            is_grouped: true,
            quote: pending
                .reply_to
                .as_ref()
                .map(|quote| QuoteLook { author: quote.author.to_string(), excerpt: quote.excerpt.clone() }),
            card: pending.attachment.as_ref().map(|attachment| self.attachment(attachment)),
            sending: Some(SendingLook {
                words: text::sending(&pending.state),
                is_failed: matches!(pending.state, Sending::Failed(_) | Sending::NotUploaded(_)),
            }),
            ..PostLook::default()
        }
    }

    fn attachment(&self, attachment: &Attachment) -> CardLook {
        let name = text::attachment_name(attachment);
        let icon = match attachment {
            Attachment::Track { .. } => gio::ThemedIcon::new(TRACK_ICON).upcast(),
            Attachment::Path(_) | Attachment::File { .. } => self.icons.of(&name),
        };
        CardLook { name, detail: String::new(), icon, picture: PictureLook::Absent, deeds: Vec::new() }
    }

    fn card(&self, card: &Card, row: &PostRow) -> CardLook {
        let deeds = [PostDeed::Play, PostDeed::Save, PostDeed::Keep];
        let (icon, picture) = match card {
            Card::File { file_name, sha256, .. } => {
                let picture = match self.pictures.look(*sha256).filter(|_| has_picture(&row.post)) {
                    Some(Some(texture)) => PictureLook::Image(texture),
                    Some(None) | None => PictureLook::Absent,
                };
                (self.icons.of(file_name.as_str()), picture)
            }
            Card::Track { cover, .. } => {
                let texture = cover.and_then(|cover| self.covers.borrow().known(cover));
                let picture = texture.map_or(PictureLook::Absent, PictureLook::Cover);
                (gio::ThemedIcon::new(TRACK_ICON).upcast(), picture)
            }
            Card::Gone {} | Card::Unknown {} => {
                (gio::ThemedIcon::new(GONE_ICON).upcast(), PictureLook::Absent)
            }
        };
        CardLook {
            name: text::card_name(card),
            detail: text::post_card_detail(card),
            icon,
            picture,
            deeds: deeds.into_iter().filter(|deed| self.offers(row, *deed)).collect(),
        }
    }

    fn offers(&self, row: &PostRow, deed: PostDeed) -> bool {
        if row.is_deleted() {
            return false;
        }
        let card = row.post.card.as_ref();
        match deed {
            PostDeed::Reply => self.can_write.get(),
            PostDeed::CopyText => !row.post.text.is_empty(),
            PostDeed::Edit => row.can_edit(),
            PostDeed::Delete => row.is_own,
            PostDeed::Save => matches!(card, Some(Card::File { .. } | Card::Track { .. })),
            // One's own is among one's files already.
            PostDeed::Keep => matches!(card, Some(Card::File { .. })) && !row.is_own,
            PostDeed::Play => match card {
                Some(Card::File { file_name, .. }) => self.can_play(file_name.as_str()),
                _ => false,
            },
            PostDeed::Open
            | PostDeed::ShowQuoted
            | PostDeed::TryAgain
            | PostDeed::Discard
            | PostDeed::GoTo => false,
        }
    }

    /// Tells whether the desktop has something that plays a file of this name.
    fn can_play(&self, file_name: &str) -> bool {
        let (kind, _) = gio::content_type_guess(Some(file_name), None::<&[u8]>);
        if !["audio/", "video/"].iter().any(|family| kind.starts_with(family)) {
            return false;
        }
        let mut players = self.players.borrow_mut();
        *players
            .entry(kind.to_string())
            .or_insert_with(|| gio::AppInfo::default_for_type(&kind, false).is_some())
    }
}

/// Tells whether the file of a post is shown as a picture, once it is here.
fn has_picture(post: &Post) -> bool {
    match &post.card {
        Some(Card::File { file_name, size_bytes, .. }) => {
            *size_bytes <= PICTURE_BYTES_MAX && Pictures::is_named_so(file_name.as_str())
        }
        _ => false,
    }
}

/// Puts a text where other programs find it.
pub(super) fn copy(text: &str) {
    if let Some(display) = gdk::Display::default() {
        display.clipboard().set_text(text);
    }
}
