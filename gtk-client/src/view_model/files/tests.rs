//! The rules of the page of files.

use std::ops::Range;

use parlour_common::limits::FILES_PER_PAGE_MAX;
use parlour_common::message::{
    CardSource, Denial, FileHash, FilePage, FileSort, ListFiles, Request, SharedBy,
};
use parlour_common::names::FileName;

use super::*;
use crate::view_model::{Question, share};

/// A file whose number is its name, for every test of files.
pub(crate) fn entry(file: u64) -> FileEntry {
    FileEntry {
        file: FileId(file),
        file_name: FileName::parse(&format!("{file}.txt")).unwrap(),
        size_bytes: 10,
        sha256: FileHash::new([1; 32]),
        changed_unix_ms: 1,
        shared_by: None,
        recipients: 0,
        fetched: 0,
        trashed: None,
    }
}

fn usage(used_bytes: u64) -> Usage {
    Usage { used_bytes, trash_bytes: 3, quota_bytes: Some(100), ..Usage::default() }
}

fn asked(effect: &Effect) -> (u32, ListFiles) {
    match effect {
        Effect::Ask { key, request: Request::ListFiles(list) } => (*key, list.clone()),
        other => panic!("{other:?}"),
    }
}

fn lists(effects: &[Effect]) -> Vec<(u32, ListFiles)> {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Ask { request: Request::ListFiles(_), .. }))
        .map(asked)
        .collect()
}

fn reply(page: &mut Files, key: u32, reply: Reply) -> Vec<Effect> {
    page.update(Msg::Answered(Answered { key, answer: Answer::Reply(reply) }))
}

fn deny(page: &mut Files, key: u32, denial: Denial) -> Vec<Effect> {
    page.update(Msg::Answered(Answered { key, answer: Answer::Denied(denial) }))
}

/// Answers what was asked, as a daemon with files of these numbers.
fn answer(page: &mut Files, key: u32, list: &ListFiles, files: Range<u64>) -> Vec<Effect> {
    let total = u32::try_from(files.end - files.start).unwrap();
    let first = files.start + u64::from(list.offset);
    let end = files.end.min(first + u64::from(list.limit));
    let files = (first..end.max(first)).map(entry).collect();
    reply(page, key, Reply::Files(FilePage { total, offset: list.offset, files, usage: usage(20) }))
}

fn opened() -> Files {
    let mut page = Files::default();
    let own = UserName::parse("sara").unwrap();
    page.update(Msg::Opened { own, trash_days: 30, order: Order::default(), folder: None });
    page
}

/// A page that shows so many files.
fn showing(files: u64) -> Files {
    let mut page = opened();
    let effects = page.update(Msg::Shown);
    let (key, list) = asked(&effects[0]);
    answer(&mut page, key, &list, 0..files);
    page.update(Msg::Settled);
    page
}

fn pick(page: &mut Files, rows: Range<u32>) {
    page.list.rows.borrow_mut().set_picked(rows, true);
    page.update(Msg::Picked);
}

fn requests(effects: &[Effect]) -> Vec<(u32, Request)> {
    let request = |effect: &Effect| match effect {
        Effect::Ask { key, request } if !matches!(request, Request::ListFiles(_)) => {
            Some((*key, request.clone()))
        }
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

#[test]
fn nothing_is_asked_for_before_the_page_is_looked_at() {
    let mut page = opened();
    assert_eq!(page.view(), View::Loading);
    assert!(page.update(Msg::FilesChanged).is_empty());
    let effects = page.update(Msg::Shown);
    let (key, list) = asked(&effects[0]);
    assert_eq!((list.place, list.limit, list.offset), (FilePlace::Own, FILES_PER_PAGE_MAX, 0));
    answer(&mut page, key, &list, 0..0);
    assert_eq!(page.view(), View::Empty);
    assert_eq!(page.usage(), Some(usage(20)));
    assert!(page.update(Msg::Shown).is_empty(), "it is here");
}

#[test]
fn five_thousand_files_come_page_by_page_as_they_are_looked_at() {
    let mut page = showing(5000);
    assert_eq!((page.view(), page.total()), (View::Cards, 5000));
    let effects = page.update(Msg::Wanted(vec![40, 41]));
    let wanted: Vec<u32> = lists(&effects).iter().map(|(_, list)| list.offset / PAGE_ROWS).collect();
    assert_eq!(wanted, [40, 41]);
    for (key, list) in lists(&effects) {
        answer(&mut page, key, &list, 0..5000);
    }
    assert!(page.update(Msg::Wanted(vec![41, 40])).is_empty());
    assert_eq!(page.list.rows.borrow().item(41 * PAGE_ROWS).unwrap().file, FileId(41 * 64));
}

#[test]
fn a_search_keeps_the_cards_until_better_come_and_drops_late_answers() {
    let mut page = showing(5);
    let (early, list) = asked(&page.update(Msg::QueryTyped("a".to_owned()))[0]);
    let (late, _) = asked(&page.update(Msg::QueryTyped("ab ".to_owned()))[0]);
    assert!(page.update(Msg::QueryTyped(" ab".to_owned())).is_empty(), "the same");
    assert_eq!((page.view(), page.total()), (View::Cards, 5));
    answer(&mut page, early, &list, 0..3);
    assert_eq!(page.total(), 5, "it came too late");
    answer(&mut page, late, &list, 0..0);
    assert_eq!(page.view(), View::NoMatch);
}

#[test]
fn another_place_shows_nothing_of_the_former() {
    let mut page = showing(5);
    pick(&mut page, 0..2);
    let effects = page.update(Msg::PlacePicked(FilePlace::Trash));
    assert_eq!(effects[0], Effect::Rows(RowsChange::Replaced { was: 5, now: 0 }));
    let (key, list) = asked(&effects[1]);
    assert_eq!((list.place, page.view(), page.picked().0), (FilePlace::Trash, View::Loading, 0));
    assert!(!page.can_empty());
    answer(&mut page, key, &list, 0..2);
    assert!(page.can_empty());
    assert!(page.update(Msg::PlacePicked(FilePlace::Trash)).is_empty());
}

#[test]
fn the_order_is_remembered() {
    let mut page = showing(5);
    let order = Order { by: FileSort::Size, descending: true };
    let effects = page.update(Msg::OrderPicked(order));
    assert_eq!(effects[0], Effect::RememberOrder(order));
    let (_, list) = asked(&effects[1]);
    assert!(list.sort == FileSort::Size && list.descending);
    assert!(page.update(Msg::OrderPicked(order)).is_empty());
}

#[test]
fn what_changed_elsewhere_is_fetched_once_and_stays_on_the_screen_meanwhile() {
    let mut page = showing(5);
    let [Effect::RetryAfter(_)] = page.update(Msg::FilesChanged)[..] else { panic!("in a moment") };
    assert!(page.update(Msg::FilesChanged).is_empty(), "it is due already");
    let (key, list) = asked(&page.update(Msg::Retry)[0]);
    assert_eq!((page.view(), page.total()), (View::Cards, 5));
    // It changes once more while that answer is on its way: the answer may be older than the change.
    page.update(Msg::FilesChanged);
    let (newer, _) = asked(&page.update(Msg::Retry)[0]);
    let effects = answer(&mut page, key, &list, 0..4);
    assert!(lists(&effects).is_empty(), "the newer one is on its way");
    answer(&mut page, newer, &list, 0..3);
    assert_eq!(page.total(), 3);
    assert!(page.update(Msg::Wanted(vec![0])).is_empty());
}

#[test]
fn a_list_that_does_not_come_can_be_asked_for_again() {
    let mut page = opened();
    let (key, _) = asked(&page.update(Msg::Shown)[0]);
    page.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
    assert_eq!(page.view(), View::Failed(Problem::AnswerLost));
    let (key, list) = asked(&page.update(Msg::Retry)[0]);
    assert_eq!(page.view(), View::Loading);
    answer(&mut page, key, &list, 0..2);
    assert_eq!(page.view(), View::Cards);
    let effects = page.update(Msg::Resumed);
    let (key, _) = asked(&effects[0]);
    assert_eq!(deny(&mut page, key, Denial::Busy { retry_after_ms: 50 }), [Effect::RetryAfter(50)]);
    assert_eq!(page.view(), View::Cards, "what is shown stays");
    assert_eq!(lists(&page.update(Msg::Retry)).len(), 1);
}

#[test]
fn a_download_asks_for_the_folder_and_then_fetches() {
    let mut page = showing(5);
    assert!(page.update(Msg::Do(Deed::Download)).is_empty(), "nothing is selected");
    pick(&mut page, 1..3);
    assert_eq!(page.update(Msg::Do(Deed::Download)), [Effect::ChooseFolder]);
    assert_eq!(page.picked(), (2, Some(20)), "who closes the chooser loses nothing");
    let folder = PathBuf::from("/home/sara");
    let effects = page.update(Msg::FolderChosen(folder.clone()));
    assert_eq!(effects[0], Effect::RememberFilesFolder(folder.clone()));
    let Effect::Fetch(wanted) = &effects[1] else { panic!("{effects:?}") };
    assert_eq!(wanted.iter().map(|wanted| wanted.entry.file.0).collect::<Vec<_>>(), [1, 2]);
    assert!(wanted.iter().all(|wanted| wanted.folder == folder));
    assert_eq!((page.picked().0, page.folder()), (0, Some(&folder)));
    assert_eq!(page.update(Msg::Activate(4)), [Effect::ChooseFolder], "a card pressed twice");
    assert!(page.update(Msg::Activate(99)).is_empty());
}

#[test]
fn everything_is_selected_at_once_and_fetched_before_it_is_done() {
    let mut page = showing(300);
    pick(&mut page, 0..300);
    assert_eq!(page.picked(), (300, None));
    assert!(!page.can(Deed::Share) && !page.can(Deed::Rename) && page.can(Deed::Trash));
    let mut effects = page.update(Msg::Do(Deed::Trash));
    assert!(page.is_busy());
    let mut portions = Vec::new();
    for _ in 0..20 {
        let due = std::mem::take(&mut effects);
        for (key, list) in lists(&due) {
            effects.extend(answer(&mut page, key, &list, 0..300));
        }
        for (key, request) in requests(&due) {
            let Request::TrashFiles(list) = request else { panic!("{request:?}") };
            portions.push(list.files.len());
            effects.extend(reply(&mut page, key, Reply::Done {}));
        }
        if !page.is_busy() {
            break;
        }
    }
    assert_eq!(portions, [100, 100, 100]);
    let undo = effects.iter().find_map(|effect| match effect {
        Effect::Offer(Notice::Files(Told::Done { deed: Deed::Trash, files: 300, name: None }), undo) => {
            Some(undo)
        }
        _ => None,
    });
    let crate::view_model::ToPage::Files(Msg::Undo(files)) = &**undo.expect("an offer") else { panic!() };
    assert_eq!((files.len(), page.picked().0), (300, 0));
    let effects = page.update(Msg::Undo(files.clone()));
    assert!(matches!(&requests(&effects)[..], [(_, Request::RestoreFiles(list))] if list.files.len() == 100));
}

#[test]
fn what_is_deleted_for_good_is_asked_about() {
    let mut page = showing(1);
    let (key, list) = asked(&page.update(Msg::PlacePicked(FilePlace::Trash))[1]);
    answer(&mut page, key, &list, 0..3);
    pick(&mut page, 0..1);
    assert!(!page.can(Deed::Trash) && !page.can(Deed::Download));
    let ask = Question::PurgeFiles { files: 1, name: Some("0.txt".to_owned()) };
    assert_eq!(page.update(Msg::Do(Deed::Purge)), [Effect::Confirm(ask)]);
    assert!(page.update(Msg::Confirmed(false)).is_empty());
    assert_eq!(page.picked().0, 1);
    page.update(Msg::Do(Deed::Purge));
    let (key, request) = requests(&page.update(Msg::Confirmed(true))).pop().unwrap();
    assert!(matches!(request, Request::PurgeFiles(_)));
    let effects = deny(&mut page, key, Denial::StorageUnavailable {});
    assert!(effects.contains(&Effect::Say(Notice::Denied(Denial::StorageUnavailable {}))));
    assert_eq!((page.is_busy(), page.picked().0), (false, 1), "it is still there");
    let ask = Effect::Confirm(Question::EmptyTrash { bytes: Some(3) });
    page.update(Msg::Retry);
    assert_eq!(page.update(Msg::EmptyTrash), [ask]);
    let (key, request) = requests(&page.update(Msg::Confirmed(true))).pop().unwrap();
    assert_eq!(request, Request::EmptyTrash {});
    assert!(reply(&mut page, key, Reply::Done {}).contains(&Effect::Say(Notice::Files(Told::Emptied))));
}

#[test]
fn what_others_share_can_be_saved_and_taken_off_the_list() {
    let mut page = showing(0);
    let by = UserName::parse("ali").unwrap();
    let shared_by = Some(SharedBy { user_name: by, since_unix_ms: 1, fetched_unix_ms: None });
    let effects = page.update(Msg::FileShared(Box::new(FileEntry { shared_by, ..entry(7) })));
    let told = Told::Shared { by: "ali".to_owned(), name: "7.txt".to_owned() };
    let offer = Effect::offer(Notice::Files(told), Msg::ShowShared);
    assert_eq!(effects, [offer, Effect::ShowUnseen(1)]);
    let effects = page.update(Msg::ShowShared);
    assert_eq!(effects[0], Effect::TurnTo(Page::Files));
    assert!(effects.contains(&Effect::ShowUnseen(0)) && page.unseen() == 0);
    let (key, list) = lists(&effects).pop().unwrap();
    assert_eq!(list.place, FilePlace::Shared);
    answer(&mut page, key, &list, 7..8);
    pick(&mut page, 0..1);
    assert!(page.can(Deed::Download) && !page.can(Deed::Share));
    let ask = Question::RemoveShared { files: 1, name: Some("7.txt".to_owned()) };
    assert_eq!(page.update(Msg::Do(Deed::Remove)), [Effect::Confirm(ask)]);
    let (_, request) = requests(&page.update(Msg::Confirmed(true))).pop().unwrap();
    let Request::UnshareFile(unshare) = request else { panic!("{request:?}") };
    assert_eq!((unshare.file, unshare.with.as_str()), (FileId(7), "sara"));
}

#[test]
fn a_file_gets_another_name_or_hears_why_not() {
    let mut page = showing(3);
    pick(&mut page, 1..2);
    assert!(page.update(Msg::Do(Deed::Rename)).is_empty());
    let was = |page: &Files| page.renaming().map(|renaming| renaming.was.clone());
    assert_eq!(was(&page).as_deref(), Some("1.txt"));
    assert!(page.update(Msg::Rename).is_empty(), "it is the same");
    page.update(Msg::NameTyped("a/b".to_owned()));
    assert!(page.update(Msg::Rename).is_empty());
    assert!(matches!(page.renaming().unwrap().problem, Some(Problem::Fault(_))));
    page.update(Msg::NameTyped("0.txt".to_owned()));
    assert!(page.renaming().unwrap().problem.is_none());
    let (key, request) = requests(&page.update(Msg::Rename)).pop().unwrap();
    assert!(matches!(request, Request::RenameFile(rename) if rename.file_name == "0.txt"));
    assert!(page.update(Msg::Rename).is_empty(), "it is under way");
    let taken = Denial::NameTaken { file: FileId(0), size_bytes: 1, changed_unix_ms: 1 };
    deny(&mut page, key, taken.clone());
    assert_eq!(page.renaming().unwrap().problem, Some(Problem::Denied(taken)));
    page.update(Msg::NameTyped("new.txt".to_owned()));
    let (key, _) = requests(&page.update(Msg::Rename)).pop().unwrap();
    reply(&mut page, key, Reply::File(entry(1)));
    assert!(page.renaming().is_none());
    page.update(Msg::Do(Deed::Rename));
    assert!(page.update(Msg::Back).is_empty() && page.renaming().is_none(), "Esc leaves it");
    page.update(Msg::Back);
    assert_eq!(page.picked().0, 0, "then the selection");
    assert_eq!(page.update(Msg::Back), [Effect::Back]);
}

#[test]
fn sharing_opens_its_page_with_what_is_selected() {
    let mut page = showing(3);
    pick(&mut page, 0..2);
    let files = [0, 1].map(|file| Arc::new(entry(file))).to_vec();
    let own = UserName::parse("sara").unwrap();
    assert_eq!(page.update(Msg::Do(Deed::Share)), [Effect::open(share::Msg::Opened { own, files })]);
}

#[test]
fn a_few_files_can_be_shown_in_the_room_at_once() {
    let mut page = showing(20);
    pick(&mut page, 0..2);
    let show = |file| Effect::Show(CardSource::File(FileId(file)), format!("{file}.txt"));
    let effects = page.update(Msg::Do(Deed::Show));
    assert_eq!(effects[effects.len() - 2..], [show(0), show(1)]);
    assert_eq!(page.picked().0, 0);
    pick(&mut page, 0..11);
    assert!(!page.can(Deed::Show));
}

#[test]
fn what_is_offered_goes_to_ones_own_files_and_folders_are_refused() {
    let mut page = showing(0);
    page.update(Msg::PlacePicked(FilePlace::Trash));
    let offered = Offered { paths: vec![PathBuf::from("/a")], folders: 2, foreign: 0 };
    let effects = page.update(Msg::Offered(offered));
    let told = Told::NotUploaded { folders: 2, foreign: 0 };
    assert_eq!(effects[0], Effect::Say(Notice::Files(told)));
    let upload = NewUpload { path: PathBuf::from("/a"), to_show: None };
    assert_eq!(effects.last(), Some(&Effect::Upload(vec![upload])));
    assert_eq!(page.place(), FilePlace::Own);
    assert_eq!(page.update(Msg::ChooseFiles), [Effect::ChooseFiles]);
}
