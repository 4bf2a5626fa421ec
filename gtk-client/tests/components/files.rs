//! The page of files by itself: its cards, what is dropped on it or pasted, and the page of sharing.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use parlour_common::message::{
    FileEntry, FileHash, FileId, FilePage, FilePlace, ListFiles, MemberPage, Profile, Recipient,
    RecipientList, Reply, Request, Role, Usage,
};
use parlour_common::names::{FileName, UserName};
use parlour_gtk::network::Answer;
use parlour_gtk::pages::files::{FilesPage, Input};
use parlour_gtk::pages::share::SharePage;
use parlour_gtk::view_model::files::{Msg, Offered, Order};
use parlour_gtk::view_model::{Answered, Effect, NewUpload, share};
use parlour_gtk::widgets::incoming;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, gio, glib};
use relm4::{ComponentController, gtk};

use super::{Sent, launch, on_screen, shows, work_until};

fn entry(number: u64) -> FileEntry {
    FileEntry {
        file: FileId(number),
        file_name: FileName::parse(&format!("Letter {number}.pdf")).expect("a name"),
        size_bytes: 1_000_000,
        sha256: FileHash::new([0; 32]),
        changed_unix_ms: 1,
        shared_by: None,
        recipients: 3,
        fetched: u32::try_from(number % 4).expect("below four"),
        trashed: None,
    }
}

fn name(name: &str) -> UserName {
    UserName::parse(name).expect("a username")
}

/// Answers every list that was asked for, as a daemon with so many files.
fn answer(sent: &Sent, total: u64) -> Vec<Input> {
    let asked: Vec<(u32, ListFiles)> = sent
        .borrow_mut()
        .drain(..)
        .filter_map(|effect| match effect {
            Effect::Ask { key, request: Request::ListFiles(list) } => Some((key, list)),
            _ => None,
        })
        .collect();
    let reply = |(key, list): (u32, ListFiles)| {
        let first = u64::from(list.offset);
        let files = (first..total.min(first + u64::from(list.limit))).map(entry).collect();
        let usage = Usage { used_bytes: 950, quota_bytes: Some(1000), ..Usage::default() };
        let page =
            FilePage { total: u32::try_from(total).expect("not so many"), offset: list.offset, files, usage };
        Input::Model(Msg::Answered(Answered { key, answer: Answer::Reply(Reply::Files(page)) }))
    };
    asked.into_iter().map(reply).collect()
}

fn opened() -> Msg {
    Msg::Opened { own: name("sara"), trash_days: 30, order: Order::default(), folder: None }
}

#[test]
fn five_thousand_cards_show_what_is_looked_at_and_no_more_is_built() {
    on_screen(|| {
        let (page, window, sent) = launch::<FilesPage>();
        page.emit(Input::Model(opened()));
        page.emit(Input::Model(Msg::Shown));
        work_until("the first question", || !sent.borrow().is_empty());
        answer(&sent, 5000).into_iter().for_each(|input| page.emit(input));
        work_until("the cards", || shows(&window, "Letter 0.pdf"));
        for words in ["Shared with 3", "1 of 3 has it", "2 of 3 have it", "All 3 have it", "5,000 files"] {
            work_until(words, || shows(&window, words));
        }
        assert!(shows(&window, "1.0\u{a0}MB") && shows(&window, "Your room is nearly full."));
        let grid = find::<gtk::GridView>(&window).expect("the cards");
        work_until("the last cards to be asked for", || {
            // It is as long as that only once nothing was typed for a moment.
            grid.activate_action("list.scroll-to-item", Some(&4_990_u32.to_variant())).expect("it scrolls");
            answer(&sent, 5000).into_iter().for_each(|input| page.emit(input));
            shows(&window, "Letter 4990.pdf")
        });
        let built = std::iter::successors(grid.first_child(), WidgetExt::next_sibling).count();
        assert!(built < 1000, "{built} cards of 5,000 are built");
    });
}

#[test]
fn an_empty_place_says_what_it_is_for_and_offers_to_upload() {
    on_screen(|| {
        let (page, window, sent) = launch::<FilesPage>();
        page.emit(Input::Model(opened()));
        page.emit(Input::Model(Msg::Shown));
        for (place, title) in [
            (FilePlace::Own, "No Files Yet"),
            (FilePlace::Shared, "Nothing Is Shared with You"),
            (FilePlace::Trash, "The Trash Is Empty"),
        ] {
            page.emit(Input::Model(Msg::PlacePicked(place)));
            work_until(title, || {
                answer(&sent, 0).into_iter().for_each(|input| page.emit(input));
                shows(&window, title)
            });
            assert_eq!(shows(&window, "Upload Files…"), place == FilePlace::Own);
        }
        assert!(shows(&window, "Files are deleted for good after 30 days"));
    });
}

#[test]
fn what_is_dropped_or_pasted_is_uploaded_and_folders_are_not() {
    on_screen(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a letter.txt");
        std::fs::write(&file, b"Dear").expect("a file");
        let things = [gio::File::for_path(&file), gio::File::for_path(folder.path())];
        let list = gdk::FileList::from_array(&things);
        let offered = Offered { paths: vec![file.clone()], folders: 1, foreign: 0 };

        let came: Rc<RefCell<Vec<Offered>>> = Rc::default();
        let keep = Rc::clone(&came);
        let target = incoming::drop_target(|| true, |_| {}, move |offered| keep.borrow_mut().push(offered));
        let dropped = glib::BoxedValue(list.to_value());
        let arguments: [&dyn ToValue; 3] = [&dropped, &1.0_f64, &1.0_f64];
        let taken = target.emit_by_name::<bool>("drop", &arguments);
        assert!(taken);
        work_until("what was dropped", || !came.borrow().is_empty());
        assert_eq!(*came.borrow(), [offered]);

        let (page, window, sent) = launch::<FilesPage>();
        page.emit(Input::Model(opened()));
        let content = gdk::ContentProvider::for_value(&list.to_value());
        window.clipboard().set_content(Some(&content)).expect("a clipboard");
        page.emit(Input::Paste);
        let upload = Effect::Upload(vec![NewUpload { path: PathBuf::from(&file), to_show: None }]);
        work_until("what was pasted", || sent.borrow().contains(&upload));
    });
}

#[test]
fn who_has_a_file_is_shown_and_others_can_be_chosen() {
    on_screen(|| {
        let (page, window, sent) = launch::<SharePage>();
        page.emit(share::Msg::Opened { own: name("sara"), files: vec![Arc::new(entry(7))] });
        work_until("two questions", || sent.borrow().len() == 2);
        let keys: Vec<u32> = sent
            .borrow()
            .iter()
            .map(|effect| match effect {
                Effect::Ask { key, .. } => *key,
                other => panic!("{other:?}"),
            })
            .collect();
        let member = |user_name| Profile {
            user_name: name(user_name),
            role: Role::Member,
            created_unix_ms: 0,
            email: None,
            phone: None,
            about: None,
        };
        let members = ["ali", "sara", "개구리"].map(member).to_vec();
        let recipient = Recipient { user_name: name("ali"), since_unix_ms: 1000, fetched_unix_ms: None };
        let recipients = RecipientList { file: FileId(7), recipients: vec![recipient] };
        for (key, reply) in [
            (keys[0], Reply::Members(MemberPage { total: 3, members })),
            (keys[1], Reply::Recipients(recipients)),
        ] {
            page.emit(share::Msg::Answered(Answered { key, answer: Answer::Reply(reply) }));
        }
        work_until("the receipt", || shows(&window, "Has not fetched it yet"));
        assert!(shows(&window, "Can see it already") && shows(&window, "개구리"));
        let checks = find_all::<gtk::CheckButton>(&window);
        assert_eq!(checks.len(), 1, "one who has it, and oneself, cannot be chosen");
        checks[0].set_active(true);
        work_until("the choice", || shows(&window, "\u{2068}개구리\u{2069}"));
        page.emit(share::Msg::Share);
        work_until("the question", || {
            let is_share =
                |effect: &Effect| matches!(effect, Effect::Ask { request: Request::ShareFiles(_), .. });
            sent.borrow().iter().any(is_share)
        });
    });
}

fn find<T: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>) -> Option<T> {
    find_all(root).into_iter().next()
}

/// Returns every widget of a kind on the screen.
fn find_all<T: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>) -> Vec<T> {
    let (mut found, mut due) = (Vec::new(), vec![root.clone().upcast::<gtk::Widget>()]);
    while let Some(widget) = due.pop().filter(WidgetExt::is_mapped) {
        due.extend(
            std::iter::successors(widget.first_child(), WidgetExt::next_sibling).filter(WidgetExt::is_mapped),
        );
        found.extend(widget.downcast::<T>());
    }
    found
}
