//! One row of the library: eight small cells, painted anew for each track that comes under it.
//!
//! This file does not know where tracks come from. GTK 4.8 keeps some 200 rows, so a row is kept small: a
//! box, a few labels, one picture.

use std::cell::{Cell, RefCell};

use parlour_common::message::{CoverId, Track};
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gdk, glib};

use super::columns::Columns;
use super::plain_label;
use crate::format;

/// The side of a picture, in application pixels.
pub const COVER_SIDE: i32 = 40;

/// What stands in place of a picture.
const NO_COVER: &str = "audio-x-generic-symbolic";

mod imp {
    use super::*;

    /// The row itself.
    #[derive(Debug)]
    pub struct TrackRow {
        pub(super) check: gtk::CheckButton,
        pub(super) cover: gtk::Image,
        pub(super) title: gtk::Label,
        pub(super) artist: gtk::Label,
        pub(super) album: gtk::Label,
        pub(super) duration: gtk::Label,
        pub(super) size: gtk::Label,
        pub(super) subtitle: gtk::Label,
        pub(super) cover_id: Cell<Option<CoverId>>,
        pub(super) position: Cell<u32>,
        pub(super) is_painting: Cell<bool>,
        pub(super) named: RefCell<String>,
    }

    impl Default for TrackRow {
        fn default() -> Self {
            let number = |classes: &[&str]| {
                let label = plain_label(classes);
                label.set_xalign(1.0);
                label
            };
            Self {
                check: gtk::CheckButton::new(),
                cover: gtk::Image::builder().icon_name(NO_COVER).css_classes(["cover"]).build(),
                title: plain_label(&[]),
                artist: plain_label(&["dim-label"]),
                album: plain_label(&["dim-label"]),
                duration: number(&["dim-label", "numeric"]),
                size: number(&["dim-label", "numeric"]),
                subtitle: plain_label(&["caption", "dim-label"]),
                cover_id: Cell::new(None),
                position: Cell::new(0),
                is_painting: Cell::new(false),
                named: RefCell::default(),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for TrackRow {
        const NAME: &'static str = "ParlourTrackRow";
        type Type = super::TrackRow;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("trackrow");
        }
    }

    impl ObjectImpl for TrackRow {
        fn constructed(&self) {
            self.parent_constructed();
            let row = self.obj();
            row.set_layout_manager(Some(Columns::of_row()));
            self.cover.set_overflow(gtk::Overflow::Hidden);
            for cell in self.cells() {
                cell.set_parent(&*row);
            }
            row.set_has_tooltip(true);
            row.connect_query_tooltip(|row, x, y, _, tooltip| row.imp().explain(x, y, tooltip));
        }

        fn dispose(&self) {
            for cell in self.cells() {
                cell.unparent();
            }
        }
    }

    impl WidgetImpl for TrackRow {}

    impl TrackRow {
        fn cells(&self) -> [gtk::Widget; 8] {
            [
                self.check.clone().upcast(),
                self.cover.clone().upcast(),
                self.title.clone().upcast(),
                self.artist.clone().upcast(),
                self.album.clone().upcast(),
                self.duration.clone().upcast(),
                self.size.clone().upcast(),
                self.subtitle.clone().upcast(),
            ]
        }

        /// Shows the whole text of the label under the pointer, where it is cut.
        fn explain(&self, x: i32, y: i32, tooltip: &gtk::Tooltip) -> bool {
            let under = self.obj().pick(f64::from(x), f64::from(y), gtk::PickFlags::NON_TARGETABLE);
            let label = under.and_then(|widget| widget.downcast::<gtk::Label>().ok());
            let cut = label.filter(|label| label.layout().is_ellipsized());
            if let Some(label) = &cut {
                tooltip.set_text(Some(&label.text()));
            }
            cut.is_some()
        }
    }
}

glib::wrapper! {
    /// One row of the library.
    pub struct TrackRow(ObjectSubclass<imp::TrackRow>) @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl TrackRow {
    /// Makes a row. `on_pick` is told when its box is ticked or cleared, with its position.
    pub fn new(on_pick: impl Fn(u32, bool) + 'static) -> Self {
        let row: Self = glib::Object::new();
        let weak = row.downgrade();
        row.imp().check.connect_toggled(move |check| {
            if let Some(row) = weak.upgrade().filter(|row| !row.imp().is_painting.get()) {
                on_pick(row.imp().position.get(), check.is_active());
            }
        });
        row
    }

    /// Returns where the row stands in the list.
    pub fn position(&self) -> u32 {
        self.imp().position.get()
    }

    /// Returns the picture that the row should show.
    pub fn cover_id(&self) -> Option<CoverId> {
        self.imp().cover_id.get()
    }

    /// Paints a track, or a placeholder while it is not known.
    pub fn paint(&self, position: u32, track: Option<&Track>, is_picked: bool) {
        let cells = self.imp();
        cells.position.set(position);
        cells.cover_id.set(track.and_then(|track| track.cover));
        self.show_cover(None);
        let text = |text: &dyn Fn(&Track) -> String| track.map(text).unwrap_or_default();
        cells.title.set_text(&text(&|track| track.title.clone()));
        cells.artist.set_text(&text(&|track| track.artist.clone()));
        cells.album.set_text(&text(&|track| track.album.clone()));
        let subtitle = text(&subtitle);
        // Without it the title alone stands in the middle.
        cells.subtitle.set_visible(!subtitle.is_empty());
        cells.subtitle.set_text(&subtitle);
        cells.size.set_text(&text(&|track| format::size(track.size_bytes)));
        let duration = track.and_then(|track| track.duration_ms);
        cells.duration.set_text(&duration.map(format::duration).unwrap_or_default());
        if track.is_some() {
            self.remove_css_class("unknown");
        } else {
            self.add_css_class("unknown");
        }
        self.name_check(track);
        self.show_picked(is_picked);
    }

    /// Ticks or clears the box of the row.
    pub fn show_picked(&self, is_picked: bool) {
        let cells = self.imp();
        cells.is_painting.set(true);
        cells.check.set_active(is_picked);
        cells.is_painting.set(false);
    }

    /// Shows a picture, or what stands in its place.
    pub fn show_cover(&self, picture: Option<&gdk::Texture>) {
        let cover = &self.imp().cover;
        match picture {
            Some(picture) => {
                cover.set_paintable(Some(picture));
                cover.set_pixel_size(COVER_SIDE);
            }
            None => {
                cover.set_icon_name(Some(NO_COVER));
                cover.set_pixel_size(16);
            }
        }
    }

    fn name_check(&self, track: Option<&Track>) {
        let name = track.map_or_else(|| "Select".to_owned(), |track| format!("Select {}", track.title));
        let mut named = self.imp().named.borrow_mut();
        if *named != name {
            let label = gtk::accessible::Property::Label(&name);
            self.imp().check.update_property(&[label]);
            *named = name;
        }
    }
}

/// Returns the line beneath the title where there are no columns.
fn subtitle(track: &Track) -> String {
    let parts = [&track.artist, &track.album].into_iter().filter(|part| !part.is_empty());
    parts.map(String::as_str).collect::<Vec<_>>().join(" · ")
}
