//! The library: pages, tracks, pictures, and the news of it.

use std::io::Write;

use parlour_common::limits::TRACKS_PER_PAGE_MAX;
use parlour_common::message::{
    CoverId, Denial, Event, FetchCover, FetchTrack, FileVersion, LibraryState, Reply, Request, TrackId,
};
use parlour_reactor::effect::Answer;
use parlour_reactor::id::{Asker, Ticket};
use parlour_reactor::job::{Completion, Job};
use parlour_reactor::send_file::SendFile;

use super::house::{COVER, House, library, search, track};

fn fetch(track: TrackId) -> FetchTrack {
    FetchTrack { track, offset: 0, length: None, version: None }
}

fn file_of(bytes: usize) -> SendFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![7; bytes]).unwrap();
    SendFile::new(file).unwrap()
}

/// A member whose request has come to its job.
fn at_the_job(house: &mut House, request: Request) -> (Asker, Ticket, Job) {
    let member = house.member(1);
    house.ask_for_job(member, request)
}

#[test]
fn a_page_is_cut_from_the_library_as_it_is() {
    let mut house = House::new();
    let (asker, ticket, job) = at_the_job(&mut house, search("moon", 48));
    let page = match job {
        Job::Search { index, scanning, search } => index.page(&search, scanning),
        job => panic!("{job:?}"),
    };
    assert_eq!((page.total, page.library.generation, page.library.scanning), (1, 3, false));
    house.complete(ticket, Completion::Searched(page.clone()));
    house.expect_reply(asker, &Reply::Tracks(page));
    house.expect_nothing();
}

#[test]
fn a_search_out_of_bounds_is_a_bad_request() {
    let cases = [
        search(&"x".repeat(201), 1),
        search(&"개".repeat(67), 1),
        search("", 0),
        search("", TRACKS_PER_PAGE_MAX + 1),
    ];
    let mut house = House::new();
    let member = house.member(1);
    for request in cases {
        let asker = house.ask(member, request);
        let answer = house.expect_answer(asker);
        assert!(matches!(answer, Answer::Denial(Denial::BadRequest { .. })), "{answer:?}");
        house.expect_nothing();
    }
    for request in [search(&"x".repeat(200), 1), search("", TRACKS_PER_PAGE_MAX)] {
        house.ask_for_job(member, request);
    }
}

#[test]
fn a_track_is_opened_where_it_lies_and_sent_under_its_name() {
    let mut house = House::new();
    let (asker, ticket, job) = at_the_job(&mut house, Request::FetchTrack(fetch(track("a/moon.mp3"))));
    assert!(matches!(job, Job::OpenTrack { path } if path.as_os_str() == "a/moon.mp3"));
    let opened = file_of(100);
    house.complete(ticket, Completion::Opened(Some(opened.clone())));
    match house.expect_answer(asker) {
        Answer::File { file_name, file, offset, length, sha256 } => {
            assert_eq!(sha256, None, "that of a track is asked for by hash_track");
            assert_eq!((file_name.as_str(), offset, length), ("moon.mp3", 0, 100));
            assert_eq!(file.version(), opened.version());
        }
        answer => panic!("{answer:?}"),
    }
    house.expect_nothing();
}

#[test]
fn a_part_of_a_track_is_what_was_asked_for_and_there() {
    // (size, offset, length wanted; offset and length sent, or the size that is told)
    let cases = [
        (100, 0, None, Ok((0, 100))),
        (100, 40, None, Ok((40, 60))),
        (100, 40, Some(10), Ok((40, 10))),
        (100, 40, Some(u64::MAX), Ok((40, 60))),
        (100, 0, Some(0), Ok((0, 0))),
        (100, 100, None, Ok((100, 0))),
        (100, 101, None, Err(100)),
        (100, u64::MAX, Some(u64::MAX), Err(100)),
        (0, 0, None, Ok((0, 0))),
        (0, 1, None, Err(0)),
    ];
    for (size, offset, length, expected) in cases {
        let mut house = House::new();
        let request = FetchTrack { offset, length, ..fetch(track("b/sun.mp3")) };
        let (asker, ticket, _) = at_the_job(&mut house, Request::FetchTrack(request));
        house.complete(ticket, Completion::Opened(Some(file_of(size))));
        match (house.expect_answer(asker), expected) {
            (Answer::File { offset, length, .. }, Ok(part)) => assert_eq!((offset, length), part),
            (Answer::Denial(denial), Err(size_bytes)) => {
                assert_eq!(denial, Denial::OffsetOutside { size_bytes });
            }
            (answer, expected) => panic!("{answer:?} is not {expected:?}"),
        }
        house.expect_nothing();
    }
}

#[test]
fn two_versions_of_a_track_are_never_joined() {
    let opened = file_of(100);
    let FileVersion(number) = opened.version();
    for (version, is_same) in [(number, true), (number.wrapping_add(1), false)] {
        let mut house = House::new();
        let version = Some(FileVersion(version));
        let request = FetchTrack { version, offset: 1000, ..fetch(track("b/sun.mp3")) };
        let (asker, ticket, _) = at_the_job(&mut house, Request::FetchTrack(request));
        house.complete(ticket, Completion::Opened(Some(opened.clone())));
        // Of a file that is another the size says nothing.
        let outside = Denial::OffsetOutside { size_bytes: 100 };
        house.expect_denial(asker, &if is_same { outside } else { Denial::VersionChanged {} });
        house.expect_nothing();
    }
}

#[test]
fn what_the_library_does_not_have_is_not_looked_for() {
    let mut house = House::new();
    let member = house.member(1);
    let asker = house.ask(member, Request::FetchTrack(fetch(TrackId(1))));
    house.expect_denial(asker, &Denial::NoSuchTrack {});
    let asker = house.ask(member, Request::FetchCover(FetchCover { cover: CoverId(1) }));
    house.expect_denial(asker, &Denial::NoSuchCover {});
    house.expect_nothing();
}

#[test]
fn a_picture_is_taken_from_a_track_that_has_it() {
    let mut house = House::new();
    let (asker, ticket, job) = at_the_job(&mut house, Request::FetchCover(FetchCover { cover: COVER }));
    match job {
        Job::OpenCover { cover, path } => {
            assert_eq!((cover, path.as_os_str().to_str()), (COVER, Some("a/moon.mp3")));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, Completion::Opened(Some(file_of(5))));
    let answer = house.expect_answer(asker);
    assert!(matches!(answer, Answer::File { offset: 0, length: 5, .. }), "{answer:?}");
    house.expect_nothing();
}

#[test]
fn a_job_that_goes_wrong_is_told() {
    let cases = [
        (search("", 1), None),
        (Request::FetchTrack(fetch(track("a/moon.mp3"))), Some(Denial::NoSuchTrack {})),
        (Request::FetchCover(FetchCover { cover: COVER }), Some(Denial::NoSuchCover {})),
    ];
    for (request, missing) in cases {
        let ends = [
            Some((Completion::Failed, Denial::Internal {})),
            Some((Completion::StorageFailed, Denial::StorageUnavailable {})),
            Some((Completion::Busy, Denial::Busy { retry_after_ms: 1000 })),
            missing.map(|missing| (Completion::Opened(None), missing)),
        ];
        for (completion, denial) in ends.into_iter().flatten() {
            let mut house = House::new();
            let (asker, ticket, _) = at_the_job(&mut house, request.clone());
            house.complete(ticket, completion);
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}

#[test]
fn who_left_is_nobody_to_send_a_file_to() {
    let mut house = House::new();
    let (asker, ticket, _) = at_the_job(&mut house, Request::FetchTrack(fetch(track("a/moon.mp3"))));
    house.service.handle_closed(asker.conn);
    house.complete(ticket, Completion::Abandoned);
    house.expect_nothing();
}

#[test]
fn the_library_that_has_become_is_told_to_everyone_who_is_signed_in() {
    let mut house = House::new();
    drop(house.service.handle_library(library(4)));
    house.expect_nothing();
    let stranger = house.open();
    let (sara, mina) = (house.member(1), house.member(2));
    let before = house.service.handle_library(library(5));
    assert_eq!(before.index.generation(), 4);
    let state = LibraryState { generation: 5, tracks: 2, scanning: false };
    assert_eq!(house.expect_told(&[sara, mina]), Event::LibraryChanged(state));
    assert_eq!(house.service.library_state(), state);
    house.service.handle_closed(sara);
    drop(house.service.handle_library(library(6)));
    house.expect_told(&[mina]);
    house.expect_nothing();
    // A search that was begun goes on in the library that it was begun in.
    let (_, _, job) = house.ask_for_job(mina, search("", 1));
    drop(house.service.handle_library(library(7)));
    house.expect_told(&[mina]);
    assert!(matches!(job, Job::Search { index, .. } if index.generation() == 6));
    let _ = stranger;
}
