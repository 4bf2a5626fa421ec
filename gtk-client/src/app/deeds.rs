//! What the window does: at a person's wish, and at the word of the shell.
//!
//! This file decides nothing: what a wish leads to is said by `view_model/shell.rs`.

use std::time::Duration;

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use super::{App, AppMsg, AppWidgets, Wish, actions, toasts};
use crate::pages::files::Input as FilesInput;
use crate::pages::library::Input as LibraryInput;
use crate::pages::room::Input as RoomInput;
use crate::text;
use crate::view_model::shell::Act;
use crate::view_model::{Page, sign_in};
use crate::widgets::covers::Picture;

/// How often is looked whether the app can end.
const END_MOMENT: Duration = Duration::from_millis(20);

/// How often at most: a person who closes the app is not to find it running later.
const END_MOMENTS: u32 = 100;

impl App {
    /// Does what the person wants of the window itself.
    pub(super) fn grant(
        &mut self,
        wish: Wish,
        widgets: &AppWidgets,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) -> Vec<Act> {
        match wish {
            Wish::Back => return self.shell.back(),
            Wish::Answer(chosen) => return self.shell.answer(chosen),
            Wish::TurnTo(place) => return self.shell.turn_to(place),
            Wish::HideDisk => self.shell.hide_disk(),
            Wish::Settings => return self.shell.open_settings(),
            Wish::SignOut => return self.shell.sign_out(None),
            Wish::TryNow => return self.shell.try_now(),
            Wish::Search if self.shell.page() == Page::Files => {
                self.pages.files.emit(FilesInput::FocusSearch);
            }
            Wish::Search if self.shell.page() == Page::Room => self.pages.room.emit(RoomInput::FocusSearch),
            Wish::Search => self.pages.library.emit(LibraryInput::FocusSearch),
            Wish::ShowTransfers => widgets.flap.set_reveal_flap(!widgets.flap.reveals_flap()),
            Wish::About => actions::show_about(root),
            Wish::Quit => {
                self.memories.keep_size(root);
                root.set_visible(false);
                self.notifications.withdraw_all();
                sender.input(AppMsg::End(END_MOMENTS));
                return self.shell.quit();
            }
        }
        Vec::new()
    }

    /// Ends the app, once what must not be lost is done or takes too long.
    pub(super) fn end(&self, moments: u32, sender: &ComponentSender<Self>) {
        let is_done = self.secrets.is_idle() && self.notifications.is_idle() && !self.shell.is_leaving();
        if moments == 0 || is_done {
            // With the window goes the network, which says goodbye: so one leaves the room and is not lost.
            return relm4::main_application().quit();
        }
        let input = sender.input_sender().clone();
        glib::timeout_add_local_once(END_MOMENT, move || input.emit(AppMsg::End(moments - 1)));
    }

    /// Does what the shell wants done.
    pub(super) fn perform(&mut self, act: Act, widgets: &AppWidgets) {
        match act {
            Act::Send(command) => self.network.send(command),
            Act::Secret(wish) => self.secrets.send(wish),
            Act::Tell(msg) => self.pages.tell(msg),
            Act::Transfers(msg) => self.transfers.emit(msg.into()),
            Act::Cover(cover, picture) => {
                let picture = picture.map(Picture);
                self.pages.library.emit(LibraryInput::Cover(cover, picture.clone()));
                self.pages.room.emit(RoomInput::Cover(cover, picture));
            }
            Act::OpenSignIn(greeting) => {
                self.notifications.withdraw_all();
                widgets.flap.set_reveal_flap(false);
                let servers = self.memories.servers();
                self.pages.sign_in.emit(sign_in::Msg::Opened { servers, greeting });
            }
            Act::OpenPlaces { own, server, trash_days } => {
                self.pages.tell(self.memories.library().into());
                self.pages.tell(self.memories.files(own.clone(), trash_days).into());
                self.pages.tell(self.memories.room(own, server).into());
            }
            Act::CardPicture(card, picture) => {
                self.pages.room.emit(RoomInput::Picture(card, picture.map(Picture)));
            }
            Act::Notify(said) => self.notifications.show(said.conversation, text::told(&said)),
            Act::Withdraw(conversation) => self.notifications.withdraw(conversation),
            // The pages follow by themselves.
            Act::Show(_) => {}
            Act::Remember(memory) => self.memories.keep(memory),
            Act::Say(notice) => toasts::say(&notice, None, &widgets.toasts, &self.input),
            Act::Offer(notice, msg) => toasts::say(&notice, Some(msg), &widgets.toasts, &self.input),
        }
    }
}
