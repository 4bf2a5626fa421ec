//! The entry of several lines that something is written in, with its keys and its list of names.
//!
//! This file does not know what becomes of a text.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, glib};

use super::ComposerEvent;
use crate::text;
use crate::widgets::incoming;
use crate::widgets::mention_list::MentionList;

/// The height that the entry grows to before it scrolls, in application pixels: some seven lines.
const HEIGHT_MAX: i32 = 150;

/// The entry.
pub(super) struct Entry {
    frame: gtk::Overlay,
    view: gtk::TextView,
    hint: gtk::Label,
    names: MentionList,
    /// What stands behind the `@` that the cursor is at.
    mentioning: RefCell<Option<String>>,
    is_filling: Cell<bool>,
    on_event: Rc<dyn Fn(ComposerEvent)>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

impl Entry {
    pub(super) fn new(on_event: Rc<dyn Fn(ComposerEvent)>) -> Rc<Self> {
        let view = gtk::TextView::builder()
            .wrap_mode(gtk::WrapMode::WordChar)
            .accepts_tab(false)
            .hexpand(true)
            .valign(gtk::Align::Center)
            .css_classes(["message-entry"])
            .build();
        view.set_input_hints(gtk::InputHints::SPELLCHECK | gtk::InputHints::EMOJI);
        view.update_property(&[gtk::accessible::Property::Label(text::MESSAGE)]);
        let scroller = gtk::ScrolledWindow::builder()
            .child(&view)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .propagate_natural_height(true)
            .max_content_height(HEIGHT_MAX)
            .build();
        let hint = gtk::Label::builder()
            .xalign(0.0)
            .valign(gtk::Align::Center)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .can_target(false)
            .css_classes(["dim-label", "message-hint"])
            .build();
        let frame =
            gtk::Overlay::builder().child(&scroller).hexpand(true).css_classes(["message-frame"]).build();
        frame.add_overlay(&hint);
        let entry = Rc::new_cyclic(|weak: &std::rc::Weak<Self>| {
            let chosen = weak.clone();
            let names = MentionList::new(&frame, move |name| {
                if let Some(entry) = chosen.upgrade() {
                    entry.complete(name);
                }
            });
            let (mentioning, is_filling) = (RefCell::default(), Cell::default());
            Self { frame, view, hint, names, mentioning, is_filling, on_event }
        });
        entry.listen();
        entry
    }

    /// Returns the widget.
    pub(super) fn widget(&self) -> &gtk::Overlay {
        &self.frame
    }

    /// Returns where the text is typed.
    pub(super) fn view(&self) -> &gtk::TextView {
        &self.view
    }

    /// Says what the entry is for while it is empty.
    pub(super) fn set_hint(&self, hint: &str) {
        self.hint.set_text(hint);
    }

    /// Puts another text into the entry, the cursor behind it.
    pub(super) fn set_text(&self, text: &str) {
        if self.text() != text {
            let buffer = self.view.buffer();
            self.is_filling.set(true);
            buffer.set_text(text);
            buffer.place_cursor(&buffer.end_iter());
            self.is_filling.set(false);
        }
    }

    /// Puts a text where the cursor is.
    pub(super) fn insert(&self, text: &str) {
        let buffer = self.view.buffer();
        buffer.delete_selection(true, true);
        buffer.insert_at_cursor(text);
    }

    /// Shows whose name is being typed.
    pub(super) fn show_names(&self, names: &[String]) {
        let names = if self.mentioning.borrow().is_some() { names } else { &[] };
        let (cursor, _) = self.view.cursor_locations(None);
        let (x, y) = self.view.buffer_to_window_coords(gtk::TextWindowType::Widget, cursor.x(), cursor.y());
        let place = self.view.translate_coordinates(&self.frame, f64::from(x), f64::from(y));
        #[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
        let at = place.map_or((0, 0), |(x, y)| (x as i32, y as i32));
        self.names.show(names, &gdk::Rectangle::new(at.0, at.1.max(0), 1, cursor.height()));
    }

    fn text(&self) -> String {
        let buffer = self.view.buffer();
        buffer.text(&buffer.start_iter(), &buffer.end_iter(), false).to_string()
    }

    fn listen(self: &Rc<Self>) {
        let buffer = self.view.buffer();
        let weak = Rc::downgrade(self);
        buffer.connect_changed(move |_| {
            let Some(entry) = weak.upgrade() else { return };
            let text = entry.text();
            entry.hint.set_visible(text.is_empty());
            if !entry.is_filling.get() {
                (entry.on_event)(ComposerEvent::Typed(text));
            }
        });
        let weak = Rc::downgrade(self);
        buffer.connect_cursor_position_notify(move |_| {
            if let Some(entry) = weak.upgrade() {
                entry.look_for_mention();
            }
        });
        let weak = Rc::downgrade(self);
        self.view.connect_paste_clipboard(move |view| {
            if weak.upgrade().is_some_and(|entry| entry.paste_things()) {
                view.stop_signal_emission_by_name("paste-clipboard");
            }
        });
        let keys = gtk::EventControllerKey::new();
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |keys, key, _, held| {
            glib::Propagation::from(weak.upgrade().is_some_and(|entry| entry.take_key(keys, key, held)))
        });
        self.view.add_controller(keys);
        let focus = gtk::EventControllerFocus::new();
        let weak = Rc::downgrade(self);
        focus.connect_leave(move |_| {
            if let Some(entry) = weak.upgrade() {
                entry.names.hide();
            }
        });
        self.view.add_controller(focus);
    }

    /// Does what a key means here. Returns whether that was anything.
    fn take_key(&self, keys: &gtk::EventControllerKey, key: gdk::Key, held: gdk::ModifierType) -> bool {
        let held = held
            & (gdk::ModifierType::SHIFT_MASK | gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::ALT_MASK);
        let is_plain = held.is_empty();
        if self.names.is_open() && is_plain {
            match key {
                gdk::Key::Up => self.names.step(-1),
                gdk::Key::Down => self.names.step(1),
                gdk::Key::Escape => self.names.hide(),
                gdk::Key::Tab | gdk::Key::Return | gdk::Key::KP_Enter => {
                    if let Some(name) = self.names.chosen() {
                        self.complete(&name);
                    }
                }
                _ => return false,
            }
            return true;
        }
        match key {
            gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter if is_plain => {
                // What is being composed is the input method's first: of a Korean syllable it is the end.
                let is_taken =
                    keys.current_event().is_some_and(|event| self.view.im_context_filter_keypress(&event));
                if !is_taken {
                    (self.on_event)(ComposerEvent::Send);
                }
                true
            }
            gdk::Key::Up if is_plain && self.view.buffer().char_count() == 0 => {
                (self.on_event)(ComposerEvent::EditLast);
                true
            }
            _ => false,
        }
    }

    /// Looks whether a name is being typed behind an `@`.
    fn look_for_mention(&self) {
        let buffer = self.view.buffer();
        let cursor = buffer.iter_at_mark(&buffer.get_insert());
        let mut start = cursor;
        start.set_line_offset(0);
        let before = buffer.text(&start, &cursor, false);
        let typed = mention_before(&before).map(str::to_owned);
        if *self.mentioning.borrow() != typed {
            self.mentioning.replace(typed.clone());
            if typed.is_none() {
                self.names.hide();
            }
            if !self.is_filling.get() {
                (self.on_event)(ComposerEvent::Mentioning(typed));
            }
        }
    }

    /// Writes a whole name in place of what was typed of it.
    fn complete(&self, name: &str) {
        let typed = self.mentioning.take();
        self.names.hide();
        let Some(typed) = typed else { return };
        let buffer = self.view.buffer();
        let mut end = buffer.iter_at_mark(&buffer.get_insert());
        let mut start = end;
        start.backward_chars(i32::try_from(typed.chars().count()).unwrap_or(0));
        buffer.delete(&mut start, &mut end);
        buffer.insert(&mut start, &format!("{name} "));
        (self.on_event)(ComposerEvent::Mentioning(None));
    }

    /// Takes files or a picture from the clipboard. Returns whether there are some and no text.
    fn paste_things(self: &Rc<Self>) -> bool {
        let clipboard = self.view.clipboard();
        let formats = clipboard.formats();
        if formats.contains_type(gdk::FileList::static_type()) {
            let told = Rc::clone(&self.on_event);
            incoming::paste(&self.view, move |offered| told(ComposerEvent::Offered(offered)));
            return true;
        }
        let is_picture = formats.contains_type(gdk::Texture::static_type());
        if !is_picture || formats.contains_type(glib::Type::STRING) {
            return false;
        }
        let told = Rc::clone(&self.on_event);
        glib::spawn_future_local(async move {
            if let Ok(Some(texture)) = clipboard.read_texture_future().await {
                told(ComposerEvent::Picture(texture));
            }
        });
        true
    }
}

/// Returns what stands between an `@` that begins a mention and the end of a text, if it could be of a name.
fn mention_before(text: &str) -> Option<&str> {
    let at = text.rfind('@')?;
    let (before, typed) = (&text[..at], &text[at + 1..]);
    let is_begin = !before.chars().next_back().is_some_and(char::is_alphanumeric);
    let is_of_name = |c: char| {
        !c.is_whitespace()
            && !c.is_control()
            && (c.is_alphanumeric() || !c.is_ascii_punctuation() || matches!(c, '.' | '-' | '_'))
    };
    (is_begin && typed.chars().all(is_of_name)).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::mention_before;

    #[test]
    fn a_name_is_being_typed_behind_an_at_that_begins_a_word() {
        for (text, wanted) in [
            ("@", Some("")),
            ("hello @sa", Some("sa")),
            ("(@개구", Some("개구")),
            ("سلام @سا", Some("سا")),
            ("@x.y-z_", Some("x.y-z_")),
            ("sara@example", None),
            ("@sara ", None),
            ("@sara, hello", None),
            ("nothing", None),
        ] {
            assert_eq!(mention_before(text), wanted, "{text}");
        }
    }
}
