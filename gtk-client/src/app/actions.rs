//! The menu of the window, its shortcuts, and what it says about itself.
//!
//! This file does not know what a wish leads to (`app.rs`).

use std::time::Duration;

use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::{ComponentSender, adw, gtk};

use super::{App, AppMsg, Wish};
use crate::look;
use crate::view_model::Page;

/// The actions of the window, the wish behind each, and its shortcuts.
///
/// Their group is not called `win`: that would hide what GTK itself puts there, such as the shortcuts.
const ACTIONS: [(&str, Wish, &[&str]); 10] = [
    ("back", Wish::Back, &["<Alt>Left"]),
    ("library", Wish::TurnTo(Page::Library), &["<Alt>1"]),
    ("files", Wish::TurnTo(Page::Files), &["<Alt>2"]),
    ("room", Wish::TurnTo(Page::Room), &["<Alt>3"]),
    ("search", Wish::Search, &["<Ctrl>f"]),
    ("transfers", Wish::ShowTransfers, &["<Ctrl>j"]),
    ("settings", Wish::Settings, &["<Ctrl>comma"]),
    ("sign-out", Wish::SignOut, &[]),
    ("about", Wish::About, &[]),
    ("quit", Wish::Quit, &["<Ctrl>q"]),
];

/// Every shortcut, as the window of shortcuts shows them.
const SHORTCUTS: &str = r#"<interface>
  <object class="GtkShortcutsWindow" id="shortcuts">
    <property name="modal">1</property>
    <child>
      <object class="GtkShortcutsSection">
        <child>
          <object class="GtkShortcutsGroup">
            <property name="title">Library</property>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Search</property>
              <property name="accelerator">&lt;Ctrl&gt;F</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Select All</property>
              <property name="accelerator">&lt;Ctrl&gt;A</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Download the Focused Track</property>
              <property name="accelerator">Return</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Show or Hide Transfers</property>
              <property name="accelerator">&lt;Ctrl&gt;J</property>
            </object></child>
          </object>
        </child>
        <child>
          <object class="GtkShortcutsGroup">
            <property name="title">Files</property>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Upload</property>
              <property name="accelerator">&lt;Ctrl&gt;U</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Upload What Was Copied</property>
              <property name="accelerator">&lt;Ctrl&gt;V</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Download</property>
              <property name="accelerator">Return &lt;Ctrl&gt;D</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Share</property>
              <property name="accelerator">&lt;Ctrl&gt;&lt;Shift&gt;S</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Rename</property>
              <property name="accelerator">F2</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Move to Trash, or Delete for Good</property>
              <property name="accelerator">Delete</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Restore</property>
              <property name="accelerator">&lt;Ctrl&gt;R</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Open the Menu of a File</property>
              <property name="accelerator">Menu</property>
            </object></child>
          </object>
        </child>
        <child>
          <object class="GtkShortcutsGroup">
            <property name="title">Room</property>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Send</property>
              <property name="accelerator">Return</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">New Line</property>
              <property name="accelerator">&lt;Shift&gt;Return</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Edit the Last Message</property>
              <property name="accelerator">Up</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Search in Conversation</property>
              <property name="accelerator">&lt;Ctrl&gt;F</property>
            </object></child>
          </object>
        </child>
        <child>
          <object class="GtkShortcutsGroup">
            <property name="title">General</property>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Library</property>
              <property name="accelerator">&lt;Alt&gt;1</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Files</property>
              <property name="accelerator">&lt;Alt&gt;2</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Room</property>
              <property name="accelerator">&lt;Alt&gt;3</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Main Menu</property>
              <property name="accelerator">F10</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Back</property>
              <property name="accelerator">Escape &lt;Alt&gt;Left</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Settings</property>
              <property name="accelerator">&lt;Ctrl&gt;comma</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Keyboard Shortcuts</property>
              <property name="accelerator">&lt;Ctrl&gt;question</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Close the Window</property>
              <property name="accelerator">&lt;Ctrl&gt;W</property>
            </object></child>
            <child><object class="GtkShortcutsShortcut">
              <property name="title">Quit</property>
              <property name="accelerator">&lt;Ctrl&gt;Q</property>
            </object></child>
          </object>
        </child>
      </object>
    </child>
  </object>
</interface>"#;

/// Adds the actions of the window and their shortcuts.
pub(super) fn add(window: &adw::ApplicationWindow, sender: &ComponentSender<App>) {
    let app = relm4::main_application();
    let actions = gio::SimpleActionGroup::new();
    for (name, wish, shortcuts) in ACTIONS {
        let action = gio::SimpleAction::new(name, None);
        let input = sender.input_sender().clone();
        action.connect_activate(move |_, _| input.emit(AppMsg::Wish(wish)));
        actions.add_action(&action);
        app.set_accels_for_action(&format!("main.{name}"), shortcuts);
    }
    window.insert_action_group("main", Some(&actions));
    app.set_accels_for_action("window.close", &["<Ctrl>w"]);
    app.set_accels_for_action("win.show-help-overlay", &["<Ctrl>question"]);
    let overlay = gtk::Builder::from_string(SHORTCUTS).object::<gtk::ShortcutsWindow>("shortcuts");
    window.set_help_overlay(overlay.as_ref());
}

/// Returns the menu of the window.
pub(super) fn menu() -> gio::Menu {
    let menu = gio::Menu::new();
    menu.append(Some("_Keyboard Shortcuts"), Some("win.show-help-overlay"));
    menu.append(Some("_About Parlour"), Some("main.about"));
    menu
}

/// Shows what the app is.
pub(super) fn show_about(window: &adw::ApplicationWindow) {
    let about = adw::AboutWindow::builder()
        .transient_for(window)
        .modal(true)
        .application_icon(look::APP_ID)
        .application_name("Parlour")
        .developer_name("The Parlour contributors")
        .version(env!("CARGO_PKG_VERSION"))
        .comments("Music, files and a room for a group that shares a server.")
        .license_type(gtk::License::Gpl30)
        .build();
    about.present();
}

/// Tells the window each second: it counts down to the next try.
pub(super) fn tick_each_second(sender: &ComponentSender<App>) {
    let input = sender.input_sender().clone();
    glib::timeout_add_local(Duration::from_secs(1), move || match input.send(AppMsg::Tick) {
        Ok(()) => glib::ControlFlow::Continue,
        Err(_) => glib::ControlFlow::Break,
    });
}

/// Makes Esc lead back; while a button for that is given and not shown, Esc is left to others.
pub(super) fn back_by_escape(
    back: Option<&gtk::Button>,
    sender: &ComponentSender<App>,
) -> gtk::EventControllerKey {
    let (keys, back) = (gtk::EventControllerKey::new(), back.cloned());
    let input = sender.input_sender().clone();
    keys.connect_key_pressed(move |_, key, _, _| {
        let leads_back = back.as_ref().is_none_or(WidgetExt::is_visible);
        if key != gtk::gdk::Key::Escape || !leads_back {
            return glib::Propagation::Proceed;
        }
        input.emit(AppMsg::Wish(Wish::Back));
        glib::Propagation::Stop
    });
    keys
}
