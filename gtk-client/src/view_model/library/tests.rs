//! The rules of the library, against a daemon of a few lines.

use std::collections::VecDeque;

use parlour_common::message::{AudioFormat, Track, TrackId};
use parlour_common::names::FileName;

use super::*;
use crate::view_model::Notice;

/// A track whose number is its title, for every test of a list.
pub(crate) fn track(id: u64) -> Track {
    Track {
        id: TrackId(id),
        file_name: FileName::parse(&format!("{id}.mp3")).unwrap(),
        title: format!("Title {id}"),
        artist: String::new(),
        album: String::new(),
        genre: String::new(),
        number: None,
        year: None,
        duration_ms: None,
        size_bytes: 1000,
        format: AudioFormat::Mp3,
        cover: None,
    }
}

/// Somebody looks at these rows.
fn look(first: u32, last: u32) -> Msg {
    Msg::Wanted((first / PAGE_ROWS..=last / PAGE_ROWS).collect())
}

fn state(generation: u64, tracks: u32) -> LibraryState {
    LibraryState { generation, tracks, scanning: false }
}

/// A daemon of a few lines: `total` tracks, the id of each its place, `generation` in its thousands.
pub(super) struct Bank {
    generation: u64,
    total: u32,
}

impl Bank {
    fn page(&self, request: &Request) -> TrackPage {
        let Request::SearchLibrary(search) = request else { panic!("{request:?}") };
        let end = self.total.min(search.offset + u32::from(search.limit));
        let tracks = (search.offset..end).map(|row| track(u64::from(row))).collect();
        let library = state(self.generation, self.total);
        TrackPage { library, total: self.total, offset: search.offset, tracks }
    }

    /// Answers every question among these effects, and those that follow. Returns the other effects.
    fn serve(&self, library: &mut Library, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        let mut due = VecDeque::from(effects);
        while let Some(effect) = due.pop_front() {
            match effect {
                Effect::Ask { key, request } => {
                    let answer = Answer::Reply(Reply::Tracks(self.page(&request)));
                    due.extend(library.update(Msg::Answered(Answered { key, answer })));
                }
                other => rest.push(other),
            }
        }
        rest
    }
}

fn opened() -> (Library, Vec<Effect>) {
    let mut library = Library::new(Rc::default());
    let effects = library.update(Msg::Opened { folder: None, sort: SORT_DEFAULT });
    (library, effects)
}

/// A library of so many tracks, its first page shown and settled.
pub(super) fn library_of(total: u32) -> (Library, Bank) {
    let (mut library, effects) = opened();
    let bank = Bank { generation: 1, total };
    bank.serve(&mut library, effects);
    library.update(Msg::Settled);
    (library, bank)
}

fn asks(effects: &[Effect]) -> Vec<(u32, &SearchLibrary)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { key, request: Request::SearchLibrary(search) } => Some((*key, search)),
            _ => None,
        })
        .collect()
}

fn reply(key: u32, page: TrackPage) -> Msg {
    Msg::Answered(Answered { key, answer: Answer::Reply(Reply::Tracks(page)) })
}

#[test]
fn it_opens_with_the_first_page_and_shows_the_rest_when_settled() {
    let (mut library, effects) = opened();
    assert_eq!(library.view(), View::Loading);
    let [(_, search)] = asks(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((search.query.as_str(), search.offset, search.limit), ("", 0, 48));
    let effects = Bank { generation: 1, total: 1000 }.serve(&mut library, effects);
    assert_eq!(effects[1..], [Effect::Rows(RowsChange::Replaced { was: 0, now: 48 }), Effect::SettleSoon]);
    assert_eq!(library.view(), View::List);
    let effects = library.update(Msg::Settled);
    assert_eq!(effects, [Effect::Rows(RowsChange::Resized { was: 48, now: 1000 })]);
    assert_eq!(library.update(Msg::Settled), []);
    assert_eq!(library.total(), 1000);
}

#[test]
fn what_is_empty_is_told_apart() {
    let answered = |tracks, scanning, query: &str| {
        let (mut library, mut effects) = opened();
        if !query.is_empty() {
            effects = library.update(Msg::QueryTyped(query.to_owned()));
        }
        let (key, _) = *asks(&effects).last().unwrap();
        let state = LibraryState { generation: 1, tracks, scanning };
        library.update(reply(key, TrackPage { library: state, total: 0, offset: 0, tracks: Vec::new() }));
        library.view()
    };
    assert_eq!(answered(0, false, ""), View::EmptyBank);
    assert_eq!(answered(0, true, ""), View::Reading);
    assert_eq!(answered(5, false, "xyz"), View::NoMatch);
    assert_eq!(answered(0, false, "xyz"), View::EmptyBank);
}

#[test]
fn each_letter_asks_and_late_answers_are_dropped() {
    let (mut library, _) = library_of(100);
    let first = library.update(Msg::QueryTyped("a".to_owned()));
    let second = library.update(Msg::QueryTyped("ab".to_owned()));
    let ((old, _), (new, search)) = (asks(&first)[0], asks(&second)[0]);
    assert_eq!(search.query, "ab");
    let page = |total| TrackPage { library: state(1, 100), total, offset: 0, tracks: vec![track(5)] };
    assert!(library.is_searching());
    assert_eq!(
        library.update(reply(new, page(1)))[0],
        Effect::Rows(RowsChange::Replaced { was: 100, now: 1 })
    );
    assert_eq!(library.update(reply(old, page(9))), [], "it comes too late");
    assert_eq!(library.total(), 1);
    assert_eq!(library.update(Msg::QueryTyped("ab ".to_owned())), [], "a blank at the end finds the same");
}

#[test]
fn fast_typing_never_has_more_than_four_questions_under_way() {
    let (mut library, _) = library_of(100);
    let queries = ["a", "ab", "abc", "abcd", "abcde", "abcdef"];
    let effects: Vec<Effect> =
        queries.iter().flat_map(|query| library.update(Msg::QueryTyped((*query).to_owned()))).collect();
    let asked = asks(&effects);
    assert_eq!(asked.len(), 4);
    let effects = library.update(Msg::Answered(Answered { key: asked[0].0, answer: Answer::Lost }));
    assert_eq!(asks(&effects)[0].1.query, "abcdef", "the newest goes next");
}

#[test]
fn a_long_query_is_cut_at_a_character() {
    let (mut library, _) = library_of(1);
    let effects = library.update(Msg::QueryTyped("é".repeat(150)));
    assert_eq!(asks(&effects)[0].1.query, "é".repeat(100));
}

#[test]
fn only_pages_that_are_looked_at_are_fetched_once() {
    let (mut library, bank) = library_of(10_000);
    assert_eq!(library.update(look(0, 47)), []);
    let effects = library.update(look(5000, 5100));
    let offsets: Vec<u32> = asks(&effects).iter().map(|(_, search)| search.offset).collect();
    assert_eq!(offsets, [4992, 5040, 5088]);
    assert_eq!(library.update(look(5000, 5100)), [], "they are on their way");
    let effects = bank.serve(&mut library, effects);
    assert_eq!(effects[0], Effect::Rows(RowsChange::Loaded { first: 4992, count: 48 }));
    assert_eq!(library.rows.borrow().item(5050).unwrap().id, TrackId(5050));
    assert_eq!(library.update(look(5000, 5100)), []);
    assert!(library.rows.borrow().item(200).is_none());
}

#[test]
fn what_was_not_looked_at_for_long_is_forgotten() {
    let (mut library, bank) = library_of(100_000);
    for first in (0..100_000).step_by(48) {
        let effects = library.update(look(first, first + 47));
        bank.serve(&mut library, effects);
    }
    let rows = library.rows.borrow();
    assert!(rows.item(99_999).is_some());
    assert_eq!((0..100_000).filter(|row| rows.item(*row).is_some()).count(), 399 * 48 + 16);
}

#[test]
fn a_heading_orders_upwards_downwards_and_not() {
    let (mut library, bank) = library_of(100);
    let mut press = |by| {
        let effects = library.update(Msg::SortBy(by));
        let sort = asks(&effects)[0].1.sort;
        assert_eq!((effects[0].clone(), library.sort()), (Effect::RememberSort(sort), sort));
        bank.serve(&mut library, effects);
        (sort.by, sort.descending)
    };
    assert_eq!(press(SortBy::Title), (SortBy::Title, false));
    assert_eq!(press(SortBy::Title), (SortBy::Title, true));
    assert_eq!(press(SortBy::Size), (SortBy::Size, false));
    assert_eq!(press(SortBy::Size), (SortBy::Size, true));
    assert_eq!(press(SortBy::Size), (SortBy::Relevance, false));
}

#[test]
fn a_changed_library_is_fetched_again_and_the_rows_stay_meanwhile() {
    let (mut library, bank) = library_of(1000);
    let effects = library.update(look(96, 140));
    bank.serve(&mut library, effects);
    let effects = library.update(Msg::LibraryChanged(state(2, 1001)));
    assert_eq!(effects, [Effect::RetryAfter(300)]);
    assert_eq!(library.update(Msg::LibraryChanged(state(3, 1002))), [], "one pause for many changes");
    assert!(library.rows.borrow().item(0).is_some());
    let effects = library.update(Msg::Retry);
    let offsets: Vec<u32> = asks(&effects).iter().map(|(_, search)| search.offset).collect();
    assert_eq!(offsets, [96], "only what is looked at");
    let bank = Bank { generation: 3, total: 1002 };
    let effects = bank.serve(&mut library, effects);
    assert_eq!(
        effects,
        [
            Effect::Rows(RowsChange::Resized { was: 1000, now: 1002 }),
            Effect::Rows(RowsChange::Loaded { first: 96, count: 48 }),
        ],
        "nothing above the eye moves"
    );
    assert_eq!(library.update(Msg::Retry), []);
    assert_eq!(asks(&library.update(look(0, 10))).len(), 1, "the others when looked at");
}

#[test]
fn an_answer_of_a_newer_library_makes_the_others_doubtful() {
    let (mut library, _) = library_of(1000);
    let effects = library.update(look(48, 50));
    Bank { generation: 2, total: 1000 }.serve(&mut library, effects);
    assert_eq!(asks(&library.update(look(0, 50))).len(), 1);
}

#[test]
fn an_empty_library_that_gets_music_shows_it() {
    let (mut library, _) = library_of(0);
    assert_eq!(library.view(), View::EmptyBank);
    library.update(Msg::LibraryChanged(state(2, 3)));
    let effects = library.update(Msg::Retry);
    Bank { generation: 2, total: 3 }.serve(&mut library, effects);
    assert_eq!(library.view(), View::List);
}

#[test]
fn a_refusal_is_shown_and_can_be_tried_again() {
    let (mut library, effects) = opened();
    let (key, _) = asks(&effects)[0];
    let answer = Answer::Denied(Denial::StorageUnavailable {});
    library.update(Msg::Answered(Answered { key, answer }));
    assert_eq!(library.view(), View::Failed(Denial::StorageUnavailable {}));
    let effects = library.update(Msg::Retry);
    assert_eq!(library.view(), View::Loading);
    Bank { generation: 1, total: 2 }.serve(&mut library, effects);
    assert_eq!(library.view(), View::List);
}

#[test]
fn a_busy_daemon_is_asked_again_when_it_said() {
    let (mut library, effects) = opened();
    let (key, _) = asks(&effects)[0];
    let answer = Answer::Denied(Denial::Busy { retry_after_ms: 700 });
    assert_eq!(library.update(Msg::Answered(Answered { key, answer })), [Effect::RetryAfter(700)]);
    assert_eq!(library.view(), View::Loading);
    assert_eq!(asks(&library.update(Msg::Retry)).len(), 1);
}

#[test]
fn a_lost_link_keeps_the_list_and_its_return_fetches_what_is_looked_at() {
    let (mut library, bank) = library_of(1000);
    let effects = library.update(look(480, 500));
    let (key, _) = asks(&effects)[0];
    assert_eq!(library.update(Msg::Answered(Answered { key, answer: Answer::Lost })), []);
    assert_eq!(library.view(), View::List);
    let effects = library.update(Msg::Resumed);
    assert_eq!(asks(&effects)[0].1.offset, 480);
    bank.serve(&mut library, effects);
    assert!(library.rows.borrow().item(490).is_some());

    let (mut library, effects) = opened();
    let (key, _) = asks(&effects)[0];
    library.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
    let effects = library.update(Msg::Resumed);
    bank.serve(&mut library, effects);
    assert_eq!(library.view(), View::List);
}

#[test]
fn download_needs_a_folder_then_a_selection() {
    let (mut library, _) = library_of(10);
    assert_eq!((library.missing(), library.can_download()), (Some(Missing::Folder), false));
    library.rows.borrow_mut().set_picked(0..2, true);
    assert_eq!(library.missing(), Some(Missing::Folder));
    assert_eq!(library.update(Msg::Download), []);
    assert_eq!(library.update(Msg::ChooseFolder), [Effect::ChooseFolder]);
    let folder = PathBuf::from("/music");
    let effects = library.update(Msg::FolderChosen(folder.clone()));
    assert_eq!(effects, [Effect::RememberFolder(folder.clone())]);
    assert_eq!((library.missing(), library.can_download()), (None, true));
    assert_eq!(library.picked(), (2, Some(2000)));
    let effects = library.update(Msg::Download);
    let [Effect::Queue(wanted), Effect::Rows(RowsChange::Picked)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(wanted.iter().map(|wanted| wanted.track.id.0).collect::<Vec<_>>(), [0, 1]);
    assert!(wanted.iter().all(|wanted| wanted.folder == folder));
    assert_eq!(library.missing(), Some(Missing::Tracks), "they are on their way: nothing is selected");
}

#[test]
fn the_folder_of_last_time_is_there_at_once() {
    let mut library = Library::new(Rc::default());
    library.update(Msg::Opened { folder: Some(PathBuf::from("/music")), sort: SORT_DEFAULT });
    assert_eq!(library.folder(), Some(&PathBuf::from("/music")));
}

#[test]
fn one_row_is_downloaded_by_itself_once_there_is_a_folder() {
    let (mut library, _) = library_of(10);
    assert_eq!(library.update(Msg::Activate(3)), [Effect::Say(Notice::ChooseFolderFirst)]);
    library.update(Msg::FolderChosen(PathBuf::from("/music")));
    let effects = library.update(Msg::Activate(3));
    let [Effect::Queue(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wanted[0].track.id, TrackId(3));
    assert_eq!(library.update(Msg::Activate(99)), []);
}

#[test]
fn a_selection_belongs_to_tracks_and_outlives_search_and_order() {
    let (mut library, _) = library_of(10);
    library.rows.borrow_mut().set_picked(4..5, true);
    let effects = library.update(Msg::QueryTyped("4".to_owned()));
    let (key, _) = asks(&effects)[0];
    let tracks = vec![track(8), track(4)];
    library.update(reply(key, TrackPage { library: state(1, 10), total: 2, offset: 0, tracks }));
    let rows = library.rows.borrow();
    assert_eq!((rows.is_picked(0), rows.is_picked(1), rows.picked_count()), (false, true, 1));
}

#[test]
fn selecting_everything_asks_for_the_rest_only_when_it_is_downloaded() {
    let (mut library, bank) = library_of(500);
    library.update(Msg::FolderChosen(PathBuf::from("/music")));
    library.rows.borrow_mut().set_picked(0..500, true);
    library.rows.borrow_mut().set_picked(100..101, false);
    assert_eq!(library.picked(), (499, None));
    let effects = library.update(Msg::Download);
    assert_eq!(asks(&effects).len(), ASKS_MAX);
    assert!(library.is_gathering() && !library.can_download());
    let effects = bank.serve(&mut library, effects);
    let wanted = effects.iter().find_map(|effect| match effect {
        Effect::Queue(wanted) => Some(wanted),
        _ => None,
    });
    let ids: Vec<u64> = wanted.unwrap().iter().map(|wanted| wanted.track.id.0).collect();
    assert_eq!(ids, (0..500).filter(|id| *id != 100).collect::<Vec<_>>());
    assert!(!library.is_gathering());
}

#[test]
fn gathering_goes_on_after_a_lost_link_and_ends_when_nothing_is_selected() {
    let (mut library, bank) = library_of(500);
    library.update(Msg::FolderChosen(PathBuf::from("/music")));
    library.rows.borrow_mut().set_picked(0..500, true);
    for (key, _) in asks(&library.update(Msg::Download)) {
        library.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
    }
    let effects = library.update(Msg::Resumed);
    let effects = bank.serve(&mut library, effects);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Queue(wanted) if wanted.len() == 500)));

    library.rows.borrow_mut().set_picked(0..500, true);
    library.rows.borrow_mut().set_picked(0..500, true);
    assert_eq!(library.update(Msg::ClearPicks), [Effect::Rows(RowsChange::Picked)]);
    assert_eq!(library.picked().0, 0);
}

#[test]
fn somebody_else_finds_nothing_of_the_one_before() {
    let (mut library, _) = library_of(10);
    library.update(Msg::QueryTyped("x".to_owned()));
    library.rows.borrow_mut().set_picked(0..5, true);
    library.update(Msg::Opened { folder: None, sort: SORT_DEFAULT });
    assert_eq!((library.query(), library.picked().0, library.total()), ("", 0, 0));
    assert_eq!(library.view(), View::Loading);
}
