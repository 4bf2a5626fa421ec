//! The rules of the places.

use parlour_common::message::{DiskLow, DiskState, Event, LibraryState};

use super::super::tests::{entering, inside, server, up};
use super::*;
use crate::network::Report;
use crate::view_model::{Effect, Question, files};

#[test]
fn the_places_are_always_open_and_are_turned_to_from_each_other() {
    let mut shell = Shell::default();
    assert!(shell.turn_to(Page::Files).is_empty() && shell.open_pages() == [Page::SignIn], "nobody is in");
    let mut shell = inside();
    assert_eq!(shell.open_pages(), [Page::Library, Page::Files, Page::Room]);
    let acts = shell.turn_to(Page::Files);
    let [Act::Show(Page::Files), Act::Tell(ToPage::Files(files::Msg::Shown))] = acts.as_slice() else {
        panic!("{acts:?}")
    };
    assert!(!shell.has_way_back() && shell.turn_to(Page::Files).is_empty());
    let changed =
        Report::Told(Event::LibraryChanged(LibraryState { generation: 2, tracks: 1, scanning: false }));
    assert!(matches!(shell.handle_report(changed).as_slice(), [Act::Tell(ToPage::Library(_))]), "it hears");
    assert!(matches!(shell.open_settings().first(), Some(Act::Show(Page::Settings))));
    assert!(shell.turn_to(Page::Library).is_empty(), "the settings are left by Back");
    shell.back();
    assert_eq!(shell.page(), Page::Files, "where one was");
    shell.handle_effect(Page::Files, Effect::Confirm(Question::EmptyTrash { bytes: None }));
    assert!(shell.turn_to(Page::Library).is_empty() && !shell.can_drop(), "a question comes first");
}

#[test]
fn what_is_dropped_goes_to_the_files_from_any_place_but_not_from_a_page_above() {
    let mut shell = inside();
    let offered = || Offered { paths: vec!["/a".into()], folders: 0, foreign: 0 };
    let acts = shell.take_dropped(offered());
    assert!(matches!(acts.last(), Some(Act::Tell(ToPage::Files(files::Msg::Offered(_))))), "{acts:?}");
    assert_eq!(shell.page(), Page::Files);
    shell.open_settings();
    assert!(shell.take_dropped(offered()).is_empty());
    assert!(Shell::default().take_dropped(offered()).is_empty());
}

#[test]
fn an_admin_hears_of_the_disk_until_it_is_hidden_or_enough() {
    let told = |state| Report::Told(Event::DiskLow(DiskLow { free_bytes: 5, reserve_bytes: 9, state }));
    let mut shell = Shell::default();
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    shell.handle_report(up());
    shell.handle_report(told(DiskState::Low));
    shell.handle_effect(Page::SignIn, entering());
    assert!(shell.disk().is_some(), "it came before the page had said who is in");
    shell.hide_disk();
    assert!(shell.disk().is_none());
    shell.handle_report(told(DiskState::Full));
    assert!(shell.disk().is_some_and(|low| low.state == DiskState::Full));
    shell.handle_report(told(DiskState::Enough));
    assert!(shell.disk().is_none());
}
