//! One file, as a card: its picture, its name and what is worth knowing, painted anew for each file that comes
//! under it.
//!
//! This file does not know where files come from. GTK 4.8 keeps some 200 cards, so a card is kept small.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use parlour_common::message::FileEntry;
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gio, glib};

use crate::text;

/// The width of a card, in application pixels: two stand beside each other in the narrowest window.
pub const CARD_WIDTH: i32 = 136;

/// The side of the picture, in application pixels.
const ICON_SIDE: i32 = 64;

mod imp {
    use super::*;

    /// The card itself.
    #[derive(Debug, Default)]
    pub struct FileCard {
        pub(super) check: gtk::CheckButton,
        pub(super) more: gtk::Button,
        pub(super) icon: gtk::Image,
        pub(super) name: gtk::Label,
        pub(super) detail: gtk::Label,
        pub(super) sharing: gtk::Label,
        pub(super) position: Cell<u32>,
        pub(super) entry: RefCell<Option<Arc<FileEntry>>>,
        pub(super) is_painting: Cell<bool>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for FileCard {
        const NAME: &'static str = "ParlourFileCard";
        type Type = super::FileCard;
        type ParentType = gtk::Box;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("filecard");
            class.set_accessible_role(gtk::AccessibleRole::Group);
        }
    }

    impl ObjectImpl for FileCard {
        fn constructed(&self) {
            self.parent_constructed();
            let card = self.obj();
            card.set_orientation(gtk::Orientation::Vertical);
            card.set_width_request(CARD_WIDTH);
            card.set_spacing(1);
            self.icon.set_pixel_size(ICON_SIDE);
            self.check.set_halign(gtk::Align::Start);
            self.check.set_valign(gtk::Align::Start);
            self.more.set_icon_name("view-more-symbolic");
            self.more.set_halign(gtk::Align::End);
            self.more.set_valign(gtk::Align::Start);
            ["flat", "circular", "small"].iter().for_each(|class| self.more.add_css_class(class));
            let head = gtk::Overlay::builder().child(&self.icon).build();
            head.add_overlay(&self.check);
            head.add_overlay(&self.more);
            card.append(&head);
            for (label, classes) in [
                (&self.name, &["name"][..]),
                (&self.detail, &["caption", "dim-label"]),
                (&self.sharing, &["caption", "sharing"]),
            ] {
                label.set_single_line_mode(true);
                label.set_ellipsize(gtk::pango::EllipsizeMode::End);
                classes.iter().for_each(|class| label.add_css_class(class));
                card.append(label);
            }
            // The end of a name tells what it is.
            self.name.set_ellipsize(gtk::pango::EllipsizeMode::Middle);
            card.set_has_tooltip(true);
            card.connect_query_tooltip(|card, _, _, _, tooltip| match card.entry() {
                Some(entry) => {
                    tooltip.set_text(Some(&text::card_tooltip(&entry)));
                    true
                }
                None => false,
            });
        }
    }

    impl WidgetImpl for FileCard {}
    impl BoxImpl for FileCard {}
}

glib::wrapper! {
    /// One file, as a card.
    pub struct FileCard(ObjectSubclass<imp::FileCard>) @extends gtk::Box, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Orientable;
}

impl FileCard {
    /// Makes a card. `on_pick` is told when its box is ticked or cleared, `on_more` when its menu is wanted.
    pub fn new(on_pick: impl Fn(u32, bool) + 'static, on_more: impl Fn(&Self) + 'static) -> Self {
        let card: Self = glib::Object::new();
        let weak = card.downgrade();
        card.imp().check.connect_toggled(move |check| {
            if let Some(card) = weak.upgrade().filter(|card| !card.imp().is_painting.get()) {
                on_pick(card.position(), check.is_active());
            }
        });
        let weak = card.downgrade();
        card.imp().more.connect_clicked(move |_| {
            if let Some(card) = weak.upgrade() {
                on_more(&card);
            }
        });
        card
    }

    /// Returns where the card stands in the list.
    pub fn position(&self) -> u32 {
        self.imp().position.get()
    }

    /// Returns the file it shows, if it is known.
    pub fn entry(&self) -> Option<Arc<FileEntry>> {
        self.imp().entry.borrow().clone()
    }

    /// Returns the button of its menu.
    pub fn more(&self) -> &gtk::Button {
        &self.imp().more
    }

    /// Returns its picture.
    pub fn icon(&self) -> &gtk::Image {
        &self.imp().icon
    }

    /// Paints a file, or a placeholder while it is not known.
    pub fn paint(
        &self,
        position: u32,
        entry: Option<&Arc<FileEntry>>,
        icon: Option<&gio::Icon>,
        picked: bool,
    ) {
        let cells = self.imp();
        cells.position.set(position);
        if *cells.entry.borrow() != entry.cloned() || entry.is_none() {
            self.paint_entry(entry.map(|entry| &**entry), icon);
            cells.entry.replace(entry.cloned());
        }
        self.show_picked(picked);
    }

    fn paint_entry(&self, entry: Option<&FileEntry>, icon: Option<&gio::Icon>) {
        let cells = self.imp();
        cells.more.set_visible(entry.is_some());
        let Some(entry) = entry else {
            self.add_css_class("unknown");
            cells.icon.set_icon_name(None);
            [&cells.name, &cells.detail, &cells.sharing].iter().for_each(|label| label.set_text(""));
            return cells.check.update_property(&[gtk::accessible::Property::Label("Select")]);
        };
        self.remove_css_class("unknown");
        let name = entry.file_name.as_str();
        if let Some(icon) = icon {
            cells.icon.set_from_gicon(icon);
        }
        cells.name.set_text(name);
        cells.detail.set_text(&text::card_detail(entry));
        cells.sharing.set_text(&text::card_sharing(entry).unwrap_or_default());
        let label = |widget: &gtk::Widget, words: &str| {
            widget.update_property(&[gtk::accessible::Property::Label(words)]);
        };
        label(cells.check.upcast_ref(), &format!("Select {name}"));
        label(cells.more.upcast_ref(), &format!("Actions for {name}"));
        label(self.upcast_ref(), &text::card_tooltip(entry).replace('\n', ", "));
    }

    /// Shows whether the card is selected.
    pub fn show_picked(&self, is_picked: bool) {
        let cells = self.imp();
        cells.is_painting.set(true);
        cells.check.set_active(is_picked);
        cells.is_painting.set(false);
        match is_picked {
            true => self.add_css_class("picked"),
            false => self.remove_css_class("picked"),
        }
    }
}
