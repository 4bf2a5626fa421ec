//! Files that come into the window: chosen, dropped or pasted.
//!
//! This file does not know what becomes of them. What a thing is, the system is asked away from the window's
//! thread: it may lie on a slow disk.

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio, glib};

use crate::view_model::files::Offered;

/// Looks at what came, then hands it on.
pub fn sort(files: Vec<gio::File>, on_sorted: impl FnOnce(Offered) + 'static) {
    glib::spawn_future_local(async move {
        let mut offered = Offered::default();
        for file in files {
            let Some(path) = file.path() else {
                offered.foreign += 1;
                continue;
            };
            let flags = gio::FileQueryInfoFlags::NONE;
            let kind = file.query_info_future("standard::type", flags, glib::Priority::DEFAULT).await;
            match kind.map(|kind| kind.file_type()) {
                Ok(gio::FileType::Directory) => offered.folders += 1,
                // What cannot be looked at fails as an upload, with the reason.
                _ => offered.paths.push(path),
            }
        }
        if offered != Offered::default() {
            on_sorted(offered);
        }
    });
}

/// Takes files from the clipboard, if it has some.
pub fn paste(widget: &impl IsA<gtk::Widget>, on_sorted: impl FnOnce(Offered) + 'static) {
    let clipboard = widget.clipboard();
    glib::spawn_future_local(async move {
        let kind = gdk::FileList::static_type();
        let Ok(value) = clipboard.read_value_future(kind, glib::Priority::DEFAULT).await else { return };
        if let Ok(list) = value.get::<gdk::FileList>() {
            sort(list.files(), on_sorted);
        }
    });
}

/// Makes the controller that takes files which are dropped. `may_take` tells whether they are wanted now,
/// `on_hover` whether some hang over the widget.
pub fn drop_target(
    may_take: impl Fn() -> bool + 'static,
    on_hover: impl Fn(bool) + Clone + 'static,
    on_sorted: impl Fn(Offered) + Clone + 'static,
) -> gtk::DropTarget {
    let target = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
    target.connect_accept(move |_, drop| {
        // What is dragged out of this very window is there already.
        drop.drag().is_none() && drop.formats().contains_type(gdk::FileList::static_type()) && may_take()
    });
    let hover = on_hover.clone();
    target.connect_enter(move |_, _, _| {
        hover(true);
        gdk::DragAction::COPY
    });
    let hover = on_hover.clone();
    target.connect_leave(move |_| hover(false));
    target.connect_drop(move |_, value, _, _| {
        on_hover(false);
        let Ok(list) = value.get::<gdk::FileList>() else { return false };
        sort(list.files(), on_sorted.clone());
        true
    });
    target
}
