//! The bar at the top of the window: where one is, the way back, and what can be reached from anywhere.
//!
//! This file does not know what a wish leads to (`app.rs`).

use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::{App, AppMsg, Wish, actions};
use crate::text;
use crate::view_model::Page;
use crate::view_model::shell::Shell;
use crate::widgets::name;

/// The bar at the top.
pub(super) struct Header {
    bar: adw::HeaderBar,
    title: adw::WindowTitle,
    back: gtk::Button,
    settings: gtk::Button,
    avatar: adw::Avatar,
    transfers: gtk::ToggleButton,
    badge: gtk::Label,
    progress: gtk::ProgressBar,
}

impl Header {
    /// Makes the bar.
    pub(super) fn new(sender: &ComponentSender<App>) -> Self {
        let title = adw::WindowTitle::new("", "");
        let back = button("go-previous-symbolic", "Back", Wish::Back, sender);
        let avatar = adw::Avatar::builder().size(26).show_initials(true).build();
        let settings = gtk::Button::builder().child(&avatar).css_classes(["flat", "avatar-button"]).build();
        name(&settings, "Settings");
        let input = sender.input_sender().clone();
        settings.connect_clicked(move |_| input.emit(AppMsg::Wish(Wish::Settings)));
        let menu = gtk::MenuButton::builder()
            .primary(true)
            .icon_name("open-menu-symbolic")
            .menu_model(&actions::menu())
            .css_classes(["flat"])
            .build();
        name(&menu, "Main Menu");
        let badge = gtk::Label::builder()
            .css_classes(["badge"])
            .halign(gtk::Align::End)
            .valign(gtk::Align::Start)
            .can_target(false)
            .build();
        let progress = gtk::ProgressBar::builder()
            .css_classes(["badge-bar"])
            .valign(gtk::Align::End)
            .can_target(false)
            .build();
        let icon = gtk::Overlay::builder()
            .child(&gtk::Image::from_icon_name("network-transmit-receive-symbolic"))
            .build();
        icon.add_overlay(&badge);
        icon.add_overlay(&progress);
        let transfers = gtk::ToggleButton::builder().child(&icon).css_classes(["flat"]).build();
        name(&transfers, "Transfers");
        let bar = adw::HeaderBar::builder().title_widget(&title).build();
        bar.pack_start(&back);
        bar.pack_end(&menu);
        bar.pack_end(&settings);
        bar.pack_end(&transfers);
        Self { bar, title, back, settings, avatar, transfers, badge, progress }
    }

    /// Returns the widget.
    pub(super) fn bar(&self) -> &adw::HeaderBar {
        &self.bar
    }

    /// Returns the button that leads back.
    pub(super) fn back(&self) -> &gtk::Button {
        &self.back
    }

    /// Keeps the button of the transfers pressed while their panel is shown.
    pub(super) fn follow(&self, flap: &adw::Flap) {
        flap.bind_property("reveal-flap", &self.transfers, "active").bidirectional().sync_create().build();
    }

    /// Shows where one is. Returns the title of the window.
    pub(super) fn show(&self, shell: &Shell) -> String {
        let page = shell.page();
        let title = match page {
            Page::Library => shell.server_name().unwrap_or_default(),
            page => text::page_title(page),
        };
        self.title.set_title(title);
        let is_library = page == Page::Library;
        match is_library {
            true => self.bar.remove_css_class("flat"),
            false => self.bar.add_css_class("flat"),
        }
        self.back.set_visible(shell.has_way_back());
        self.settings.set_visible(is_library);
        self.avatar.set_text(shell.account().map(|account| account.user_name.as_str()));
        self.transfers.set_visible(is_library);
        let (active, fraction) = (shell.badge().active, shell.badge().fraction);
        self.badge.set_visible(active > 0);
        self.badge.set_label(&if active > 99 { "99+".to_owned() } else { active.to_string() });
        self.progress.set_visible(active > 0);
        self.progress.set_fraction(fraction);
        if title.is_empty() { "Parlour".to_owned() } else { format!("{title} – Parlour") }
    }
}

fn button(icon: &str, label: &str, wish: Wish, sender: &ComponentSender<App>) -> gtk::Button {
    let button = gtk::Button::from_icon_name(icon);
    name(&button, label);
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(AppMsg::Wish(wish)));
    button
}
