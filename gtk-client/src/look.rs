//! What makes the app look like itself: its name on the desktop, its style and its icon.
//!
//! This file does not know pages.

use std::path::Path;

use relm4::gtk;
use relm4::gtk::gdk;

/// The name of the app on the desktop, of its icon and of its window.
pub const APP_ID: &str = "org.parlour.Parlour";

/// The style of what is the app's own; everything else is Adwaita's.
const STYLE: &str = include_str!("../../data/style.css");

/// The icons of the source tree, for an app that is run from it. An installed app finds its icon where the
/// desktop keeps icons, and this folder is not there.
const ICONS_OF_TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/icons");

/// Puts style and icon in place.
pub fn apply() {
    relm4::set_global_css(STYLE);
    gtk::Window::set_default_icon_name(APP_ID);
    if let Some(display) = gdk::Display::default()
        && Path::new(ICONS_OF_TREE).is_dir()
    {
        gtk::IconTheme::for_display(&display).add_search_path(ICONS_OF_TREE);
    }
}
