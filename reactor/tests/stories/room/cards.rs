//! What posts show: files and tracks, fetched and kept by whoever may read the post.

use std::io::Write;

use parlour_common::message::{
    Card, CardSource, Denial, Event, FetchCard, FileId, Post, PostId, Reply, Request, Revision, SameName,
    TrackId,
};
use parlour_common::names::FileName;
use parlour_reactor::effect::Answer;
use parlour_reactor::id::ConnId;
use parlour_reactor::job::{FilesFound, FilesJob, FilesPolicy, Job, RoomFound, RoomJob};
use parlour_reactor::send_file::SendFile;
use parlour_reactor::store::{
    Applied, Change, ChangeError, FilesChange, FilesOutcome, NewCard, NewPost, Refusal, RoomChange, UserId,
};

use super::super::files::asks::{self as files, changed, file};
use super::super::house::{COVER, House, track};
use super::asks::{ROOM, TWO, fetch, found, keep, post, show};

fn mina_in_the_room() -> (House, ConnId) {
    let mut house = House::with(|settings| {
        settings.policies.reset_by_mail = false;
        settings.files = FilesPolicy { standard_quota_bytes: Some(500), reserve_bytes: 0, trash_days: 30 };
    });
    let mina = house.guest(2, 8, "mina");
    house.takes_seat(mina, 8, 1);
    house.settle();
    (house, mina)
}

/// A file of five bytes.
fn hello() -> SendFile {
    let mut bytes = tempfile::tempfile().unwrap();
    bytes.write_all(b"hello").unwrap();
    SendFile::new(bytes).unwrap()
}

/// The card that is said.
fn shown(house: &mut House, conn: ConnId, card: CardSource) -> NewPost {
    house.ask(conn, show(card, ""));
    match house.expect_commit().1 {
        Change::Room(RoomChange::Say(post)) => *post,
        change => panic!("{change:?}"),
    }
}

#[test]
fn a_file_is_shown_by_its_number_and_needs_no_words() {
    let (mut house, mina) = mina_in_the_room();
    let post = shown(&mut house, mina, CardSource::File(FileId(5)));
    assert_eq!((post.card, post.text.as_str()), (Some(NewCard::File(FileId(5))), ""));
    assert_eq!(post.cards_bytes_max, None);
}

#[test]
fn a_track_is_shown_as_the_library_has_it() {
    let (mut house, mina) = mina_in_the_room();
    let moon = track("a/moon.mp3");
    let post = shown(&mut house, mina, CardSource::Track(moon));
    let Some(NewCard::Track(Card::Track { track, file_name, size_bytes, cover, .. })) = post.card else {
        panic!("{post:?}")
    };
    assert_eq!((track, file_name.as_str(), size_bytes, cover), (moon, "moon.mp3", 10, Some(COVER)));
    // The store has seen the key before, or refuses it.
    let asker = house.ask(mina, show(CardSource::Track(TrackId(99)), "hear this"));
    let (ticket, change) = house.expect_commit();
    let Change::Room(RoomChange::Say(post)) = change else { panic!("{change:?}") };
    assert_eq!(post.card, Some(NewCard::NoTrack));
    house.apply(ticket, Err(ChangeError::Refused(Refusal::NoSuchTrack)));
    house.expect_denial(asker, &Denial::NoSuchTrack {});
    house.expect_nothing();
}

#[test]
fn a_card_is_fetched_from_any_offset_by_whoever_may_read_the_post() {
    let (mut house, mina) = mina_in_the_room();
    let form = FetchCard { conversation: ROOM, post: PostId(4), offset: 2, length: Some(100) };
    let (asker, ticket, job) = house.ask_for_job(mina, Request::FetchCard(form));
    assert!(
        matches!(job, Job::Room(RoomJob::OpenCard { user: UserId(8), conversation: ROOM, post: PostId(4) })),
        "{job:?}"
    );
    let file_name = FileName::parse("song.ogg").unwrap();
    let opened = |file_name| RoomFound::CardOpened { file: hello(), file_name, sha256: files::hash(1) };
    house.complete(ticket, found(opened(file_name.clone())));
    match house.expect_answer(asker) {
        Answer::File { file_name, offset: 2, length: 3, sha256, .. } => {
            assert_eq!((file_name.as_str(), sha256), ("song.ogg", Some(files::hash(1))));
        }
        answer => panic!("{answer:?}"),
    }
    let (asker, ticket, _) = house.ask_for_job(mina, Request::FetchCard(FetchCard { offset: 6, ..form }));
    house.complete(ticket, found(opened(file_name)));
    house.expect_denial(asker, &Denial::OffsetOutside { size_bytes: 5 });
    for denial in [Denial::NoSuchCard {}, Denial::NoSuchConversation {}, Denial::FileLost {}] {
        let (asker, ticket, _) = house.ask_for_job(mina, fetch(4));
        house.complete(ticket, found(RoomFound::Refused(denial.clone())));
        house.expect_denial(asker, &denial);
    }
}

#[test]
fn a_card_that_is_kept_is_a_file_of_ones_own() {
    let (mut house, mina) = mina_in_the_room();
    let asker = house.ask(mina, keep(4));
    let (ticket, change) = house.expect_commit();
    let expected = RoomChange::KeepCard {
        user: UserId(8),
        conversation: ROOM,
        post: PostId(4),
        same_name: SameName::Ask,
        at_unix_ms: house.now.unix_ms,
        standard_quota_bytes: Some(500),
    };
    assert_eq!(change, Change::Room(expected));
    let kept = FilesOutcome { file: Some(file(5)), ..changed(&[8]) };
    house.apply(ticket, Ok(files::applied(kept)));
    house.expect_reply(asker, &Reply::File(file(5).own_entry(30)));
    assert_eq!(house.expect_told(&[mina]), Event::FilesChanged {});
    let taken = Refusal::NameTaken { file: FileId(3), size_bytes: 9, changed_unix_ms: 1 };
    let cases = [
        (taken, Denial::NameTaken { file: FileId(3), size_bytes: 9, changed_unix_ms: 1 }),
        (Refusal::QuotaExceeded { left_bytes: 7 }, Denial::QuotaExceeded { left_bytes: 7 }),
        (Refusal::NoSuchCard, Denial::NoSuchCard {}),
        (Refusal::NoSuchConversation, Denial::NoSuchConversation {}),
    ];
    for (refusal, denial) in cases {
        let asker = house.ask(mina, keep(4));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(ChangeError::Refused(refusal)));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn cards_that_went_with_an_account_are_told_to_whom_the_posts_were() {
    let (mut house, mina) = mina_in_the_room();
    let (bob, _zoe) = (house.guest(3, 9, "bob"), house.guest(4, 10, "zoe"));
    house.service.handle_chores(house.now);
    let mut unsettled = None;
    while let Some(effect) = house.service.poll_effect() {
        if let parlour_reactor::effect::Effect::Run {
            ticket, job: Job::Files(FilesJob::FindUnsettled), ..
        } = effect
        {
            unsettled = Some(ticket);
        }
    }
    let found = parlour_reactor::job::Completion::Files(FilesFound::Unsettled(vec![UserId(12)]));
    house.complete(unsettled.unwrap(), found);
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::Files(FilesChange::SettleDeparted { user: UserId(12) }));
    let gone = |number, conversation| Post {
        conversation,
        revision: Revision(20 + number),
        card: Some(Card::Gone {}),
        ..post(number, "anna", "")
    };
    let posts = vec![(gone(1, ROOM), None), (gone(2, TWO), Some([UserId(9), UserId(12)]))];
    let outcome = FilesOutcome { posts, more: true, ..FilesOutcome::default() };
    house.apply(ticket, Ok(Applied::Files(Box::new(outcome))));
    assert_eq!(house.expect_told(&[mina]), Event::PostChanged(gone(1, ROOM)));
    assert_eq!(house.expect_told(&[bob]), Event::PostChanged(gone(2, TWO)));
    // And so on, until all have gone.
    assert_eq!(house.expect_commit().1, Change::Files(FilesChange::SettleDeparted { user: UserId(12) }));
}
