//! What a post shows: a picture, a file or a track, and the buttons for it.
//!
//! This file does not know what the buttons lead to, nor where pictures come from.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;

use super::name;
use super::post_look::{CardLook, PictureLook, PostDeed};
use crate::text;

/// The widest and the highest that a picture is shown, in application pixels.
pub const PICTURE_SIDES: (i32, i32) = (320, 240);

/// The side of the icon of a file, and of the cover of a track, in application pixels.
const ICON_SIDE: i32 = 40;

/// A card.
#[derive(Debug)]
pub struct PostCard {
    root: gtk::Box,
}

impl PostCard {
    /// Makes a card. `on_deed` is told which button was pressed.
    pub fn new(look: &CardLook, on_deed: &Rc<dyn Fn(PostDeed)>) -> Self {
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .halign(gtk::Align::Start)
            .css_classes(["post-card"])
            .build();
        if let PictureLook::Image(texture) = &look.picture {
            root.append(&picture_button(look, texture, on_deed));
        }
        let line = gtk::Box::builder().spacing(9).css_classes(["post-card-line"]).build();
        line.append(&icon(look));
        line.append(&words(look));
        for deed in &look.deeds {
            if let Some(button) = deed_button(*deed, &look.name, on_deed) {
                line.append(&button);
            }
        }
        root.append(&line);
        Self { root }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }
}

fn picture_button(
    look: &CardLook,
    texture: &gtk::gdk::Texture,
    on_deed: &Rc<dyn Fn(PostDeed)>,
) -> gtk::Button {
    let (width, height) = fitted(texture.width(), texture.height());
    let picture = gtk::Picture::builder()
        .paintable(texture)
        .can_shrink(true)
        .width_request(width.min(160))
        .height_request(height)
        .alternative_text(&look.name)
        .build();
    let button = gtk::Button::builder()
        .child(&picture)
        .halign(gtk::Align::Start)
        .overflow(gtk::Overflow::Hidden)
        .css_classes(["flat", "post-picture"])
        .build();
    name(&button, &text::card_open(&look.name));
    let on_deed = Rc::clone(on_deed);
    button.connect_clicked(move |_| on_deed(PostDeed::Open));
    button
}

/// Returns how large a picture is shown: never larger than it is.
fn fitted(width: i32, height: i32) -> (i32, i32) {
    let (wide, high) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let scale = (f64::from(PICTURE_SIDES.0) / wide).min(f64::from(PICTURE_SIDES.1) / high).min(1.0);
    #[expect(clippy::cast_possible_truncation, reason = "at most the sides above")]
    let scaled = |side: f64| ((side * scale).round() as i32).max(1);
    (scaled(wide), scaled(high))
}

fn icon(look: &CardLook) -> gtk::Image {
    let image = gtk::Image::builder()
        .gicon(&look.icon)
        .pixel_size(ICON_SIDE)
        .overflow(gtk::Overflow::Hidden)
        .css_classes(["post-card-icon"])
        .build();
    if let PictureLook::Cover(texture) = &look.picture {
        image.set_paintable(Some(texture));
    }
    image
}

fn words(look: &CardLook) -> gtk::Box {
    let label = |text: &str, classes: &[&str], cut: pango::EllipsizeMode| {
        gtk::Label::builder()
            .label(text)
            .xalign(0.0)
            .single_line_mode(true)
            .ellipsize(cut)
            .width_chars(6)
            .max_width_chars(34)
            .tooltip_text(text)
            .css_classes(classes.iter().copied().map(str::to_owned).collect::<Vec<_>>())
            .build()
    };
    let words = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .build();
    // The end of a name tells what it is.
    words.append(&label(&look.name, &["card-name"], pango::EllipsizeMode::Middle));
    if !look.detail.is_empty() {
        words.append(&label(&look.detail, &["caption", "dim-label"], pango::EllipsizeMode::End));
    }
    words
}

fn deed_button(deed: PostDeed, of: &str, on_deed: &Rc<dyn Fn(PostDeed)>) -> Option<gtk::Button> {
    let (icon, words) = text::card_deed(deed, of)?;
    let button = gtk::Button::builder()
        .icon_name(icon)
        .valign(gtk::Align::Center)
        .css_classes(["flat", "circular"])
        .build();
    name(&button, &words);
    let on_deed = Rc::clone(on_deed);
    button.connect_clicked(move |_| on_deed(deed));
    Some(button)
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn a_picture_is_shown_whole_and_never_larger_than_it_is() {
        assert_eq!(fitted(640, 240), (320, 120));
        assert_eq!(fitted(100, 480), (50, 240));
        assert_eq!(fitted(20, 10), (20, 10));
        assert_eq!(fitted(0, 100_000), (1, 240));
    }
}
