//! What people do on the page of the room, handed to whom it concerns.
//!
//! This file decides nothing: it gives each press its message.

use std::sync::Arc;

use parlour_common::message::Post;
use relm4::gtk::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::bar::BarEvent;
use super::talk::TalkEvent;
use super::{Input, RoomPage, keeping, rows};
use crate::network::ExportForm;
use crate::text;
use crate::view_model::files::Offered;
use crate::view_model::room::{Attachment, Msg, PendingRow, Row, Told};
use crate::view_model::{Effect, Notice};
use crate::widgets::composer::ComposerEvent;
use crate::widgets::incoming;
use crate::widgets::post_look::PostDeed;
use crate::widgets::timeline::TimelineEvent;

/// How near to the end of what was found the rest is asked for, in rows.
const NEAR_END_ROWS: u32 = 10;

impl RoomPage {
    pub(super) fn handle_talk(
        &mut self,
        event: TalkEvent,
        sender: &ComponentSender<Self>,
        root: &gtk::Overlay,
    ) {
        match event {
            TalkEvent::Model(msg) => self.tell(*msg, sender, root),
            TalkEvent::Said(TimelineEvent::Looking { first, last, at_end }) => {
                self.handle_look(first, last, at_end, sender, root);
            }
            TalkEvent::Said(TimelineEvent::ToNewest) => self.tell(Msg::GoToNewest, sender, root),
            TalkEvent::Said(TimelineEvent::Post(position, deed)) => {
                let row = self.shown.borrow().row(position);
                match row {
                    Some(Row::Post(row)) => self.handle_post(&row.post, deed, sender, root),
                    Some(Row::Pending(pending)) => self.handle_pending(&pending, deed, sender, root),
                    _ => {}
                }
            }
            TalkEvent::Found(TimelineEvent::Looking { last, .. }) => {
                let search = self.state.search().filter(|search| search.has_more());
                let found = search.map(|search| search.found().len());
                if found.is_some_and(|found| (last + NEAR_END_ROWS) as usize >= found) {
                    self.tell(Msg::SearchMore, sender, root);
                }
            }
            TalkEvent::Found(TimelineEvent::ToNewest) => {}
            TalkEvent::Found(TimelineEvent::Post(position, _)) => {
                if let Some(post) = self.parts.talk.found_post(position) {
                    self.tell(Msg::SearchClosed, sender, root);
                    self.tell(Msg::GoTo(post.post), sender, root);
                }
            }
            TalkEvent::Composer(event) => self.handle_composer(event, sender, root),
        }
    }

    fn handle_look(
        &mut self,
        first: u32,
        last: u32,
        at_end: bool,
        sender: &ComponentSender<Self>,
        root: &gtk::Overlay,
    ) {
        if self.at_end != at_end {
            self.at_end = at_end;
            self.paint_soon(sender);
        }
        let posts: Vec<Arc<Post>> = {
            let shown = self.shown.borrow();
            let rows = (first..=last).filter_map(|row| shown.row(row));
            rows.filter_map(|row| if let Row::Post(row) = row { Some(row.post) } else { None }).collect()
        };
        let wanted = posts.iter().filter_map(|post| self.palette.want(post)).collect();
        self.want_pictures(wanted, sender);
        let unseen = self.state.unseen();
        self.tell(Msg::Looking { first, last }, sender, root);
        if self.state.unseen() != unseen {
            self.paint_soon(sender);
        }
    }

    fn handle_post(
        &mut self,
        post: &Post,
        deed: PostDeed,
        sender: &ComponentSender<Self>,
        root: &gtk::Overlay,
    ) {
        let id = post.post;
        let msg = match deed {
            PostDeed::Reply => Msg::Reply(id),
            PostDeed::Edit => Msg::Edit(id),
            PostDeed::Delete => Msg::Delete(id),
            PostDeed::Save => Msg::Save(id),
            PostDeed::Keep => Msg::Keep(id),
            PostDeed::CopyText => return rows::copy(&post.text),
            PostDeed::ShowQuoted => match &post.reply_to {
                Some(quote) => Msg::GoTo(quote.post),
                None => return,
            },
            PostDeed::Open | PostDeed::Play => {
                let Some(folder) = keeping::new_folder() else { return };
                let path = folder.path().to_owned();
                self.opened.push(folder);
                Msg::Fetch { post: id, folder: path }
            }
            PostDeed::GoTo => Msg::GoTo(id),
            PostDeed::TryAgain | PostDeed::Discard => return,
        };
        self.tell(msg, sender, root);
    }

    fn handle_pending(
        &mut self,
        pending: &PendingRow,
        deed: PostDeed,
        sender: &ComponentSender<Self>,
        root: &gtk::Overlay,
    ) {
        let msg = match deed {
            PostDeed::TryAgain => Msg::TryAgain(pending.key),
            PostDeed::Discard => Msg::Discard(pending.key),
            PostDeed::CopyText => return rows::copy(&pending.text),
            PostDeed::ShowQuoted => match &pending.reply_to {
                Some(quote) => Msg::GoTo(quote.post),
                None => return,
            },
            _ => return,
        };
        self.tell(msg, sender, root);
    }

    fn handle_composer(&mut self, event: ComposerEvent, sender: &ComponentSender<Self>, root: &gtk::Overlay) {
        let msg = match event {
            ComposerEvent::Typed(text) => {
                // What is typed now is newer than what was to be put there.
                self.fill = None;
                Msg::Typed(text)
            }
            ComposerEvent::Mentioning(typed) => Msg::Mentioning(typed),
            ComposerEvent::Send => Msg::Send,
            ComposerEvent::CancelBar => Msg::CancelBar,
            ComposerEvent::EditLast => Msg::EditLast,
            ComposerEvent::ChooseFiles => return self.files.show(root),
            ComposerEvent::Offered(offered) => return self.attach(offered, sender, root),
            ComposerEvent::Picture(texture) => {
                let input = sender.input_sender().clone();
                return keeping::keep_picture(texture, move |path| {
                    input.emit(Input::Model(Msg::Attach(vec![Attachment::Path(path)])));
                });
            }
            ComposerEvent::Detach(at) => Msg::Detach(at),
        };
        self.tell(msg, sender, root);
    }

    pub(super) fn handle_bar(
        &mut self,
        event: BarEvent,
        sender: &ComponentSender<Self>,
        root: &gtk::Overlay,
    ) {
        let is_searching = self.state.search().is_some();
        match event {
            BarEvent::ShowList => self.tell(Msg::ShowList, sender, root),
            BarEvent::Search(true) if !is_searching => {
                self.tell(Msg::SearchOpened, sender, root);
                self.paint();
                self.parts.bar.focus_search();
            }
            BarEvent::Search(false) | BarEvent::StopSearch if is_searching => {
                self.tell(Msg::SearchClosed, sender, root);
                self.is_focus_due = true;
            }
            BarEvent::Search(_) | BarEvent::StopSearch => {}
            BarEvent::SearchTyped(query) if is_searching => self.tell(Msg::SearchTyped(query), sender, root),
            BarEvent::SearchTyped(_) => {}
            BarEvent::ShowSeats(wanted) => {
                if self.state.conversation() == parlour_common::message::ConversationId::ROOM {
                    self.parts.wants_seats.set(Some(wanted));
                    self.paint_soon(sender);
                }
            }
            BarEvent::Export(form) => self.export(form, sender, root),
            BarEvent::Leave => self.tell(Msg::LeaveRoom, sender, root),
        }
    }

    fn export(&self, form: ExportForm, sender: &ComponentSender<Self>, root: &gtk::Overlay) {
        let title = self.state.talk().map_or_else(|| text::talk_name(None), text::talk_title);
        let (words, ending) = match form {
            ExportForm::Text => (text::EXPORT_TEXT, "txt"),
            ExportForm::Json => (text::EXPORT_JSON, "json"),
        };
        let input = sender.input_sender().clone();
        self.exports.show(root, words, &text::export_name(&title, ending), move |path| {
            input.emit(Input::Model(Msg::Export { path, form }));
        });
    }

    pub(super) fn attach(&mut self, offered: Offered, sender: &ComponentSender<Self>, root: &gtk::Overlay) {
        let refused = offered.folders + offered.foreign;
        if refused > 0 {
            drop(sender.output(Effect::Say(Notice::Room(Told::NotAttached { count: refused }))));
        }
        if !offered.paths.is_empty() {
            self.is_focus_due = true;
            let attached = offered.paths.into_iter().map(Attachment::Path).collect();
            self.tell(Msg::Attach(attached), sender, root);
        }
    }
}

/// Takes what is dropped on the page, and says so while it hangs over it.
pub(super) fn take_drops(root: &gtk::Overlay, sender: &ComponentSender<RoomPage>) {
    let status = adw::StatusPage::builder()
        .icon_name("mail-attachment-symbolic")
        .title(text::DROP_TO_SHOW)
        .css_classes(["drop-hint"])
        .build();
    let hint = gtk::Revealer::builder()
        .transition_type(gtk::RevealerTransitionType::Crossfade)
        .child(&status)
        .can_target(false)
        .visible(false)
        .build();
    hint.connect_child_revealed_notify(|hint| hint.set_visible(hint.reveals_child()));
    root.add_overlay(&hint);
    let (words, input) = (hint.clone(), sender.input_sender().clone());
    let target = incoming::drop_target(
        || true,
        move |hovers| {
            if hovers {
                words.set_visible(true);
            }
            words.set_reveal_child(hovers);
        },
        move |offered| input.emit(Input::Offered(offered)),
    );
    // Before the entry, which would take the names of files as text.
    target.set_propagation_phase(gtk::PropagationPhase::Capture);
    root.add_controller(target);
}
