//! Uploads: looked at, written down, opened, sealed, and made files; and all that comes between.

use std::time::Duration;

use parlour_common::message::{Denial, Event, Reply, Request, SameName};
use parlour_common::names::FileName;
use parlour_reactor::effect::Answer;
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{Completion, FilesFound, FilesJob, FilesPolicy, Job};
use parlour_reactor::spool::Spool;
use parlour_reactor::store::{
    Applied, BlobId, Change, ChangeError, FilesChange, FilesOutcome, NewUpload, Refusal, UserId,
};

use super::super::house::House;
use super::asks::{self, applied, changed, file, hash, key};

const SARA: UserId = UserId(7);

fn found(found: FilesFound) -> Completion {
    Completion::Files(found)
}

fn refused(denial: Denial) -> Completion {
    Completion::Files(FilesFound::Refused(denial))
}

/// The upload of the stories, as it is written down.
fn new_upload() -> NewUpload {
    let (file_name, same_name) = (FileName::parse("a.ogg").unwrap(), SameName::Ask);
    NewUpload { key: key(), file_name, size_bytes: 10, same_name, standard_quota_bytes: Some(1000) }
}

fn house() -> House {
    House::with(|settings| {
        settings.files = FilesPolicy { standard_quota_bytes: Some(1000), reserve_bytes: 0, trash_days: 30 };
    })
}

/// Asks to begin, as far as the change.
fn begin(house: &mut House, conn: ConnId) -> (Asker, Ticket) {
    let (asker, ticket, job) = house.ask_for_job(conn, asks::begin("a.ogg", 10));
    match job {
        Job::Files(FilesJob::PrepareUpload { user: SARA, key: of, file_name, size_bytes: 10, same_name }) => {
            assert_eq!((of, file_name.as_str(), same_name), (key(), "a.ogg", SameName::Ask));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, found(FilesFound::MayUpload));
    let (ticket, change) = house.expect_commit();
    let at_unix_ms = house.now.unix_ms;
    assert_eq!(
        change,
        Change::Files(FilesChange::AddUpload { user: SARA, upload: new_upload(), at_unix_ms })
    );
    (asker, ticket)
}

/// Begins an upload of which so much is here.
fn begun(house: &mut House, conn: ConnId, here: u64) {
    let (asker, ticket) = begin(house, conn);
    house.apply(ticket, Ok(Applied::Upload { blob: BlobId(3), size_bytes: 10 }));
    let (ticket, job) = house.expect_run(asker);
    assert!(matches!(job, Job::Files(FilesJob::OpenSpool { blob: BlobId(3), size_bytes: 10 })), "{job:?}");
    let spool = Spool::new(BlobId(3), 10, 1);
    house.complete(ticket, found(FilesFound::SpoolOpened { spool, offset: here }));
    match house.expect_answer(asker) {
        Answer::Upload { spool, offset } => assert_eq!((spool.blob(), offset), (BlobId(3), here)),
        answer => panic!("{answer:?}"),
    }
    house.expect_nothing();
}

#[test]
fn an_upload_is_recorded_before_a_byte_is_taken_and_a_file_before_it_is_answered() {
    let mut house = house();
    let (sara, phone) = (house.member(1), house.member(2));
    begun(&mut house, sara, 4);
    let (asker, ticket, job) = house.ask_for_job(sara, asks::finish(5));
    match job {
        Job::Files(FilesJob::SealUpload { user: SARA, key: of, sha256 }) => {
            assert_eq!((of, sha256), (key(), hash(5)));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, found(FilesFound::Sealed { blob: BlobId(1) }));
    let (ticket, change) = house.expect_commit();
    let (sha256, same_name, at_unix_ms) = (hash(5), SameName::KeepBoth, house.now.unix_ms);
    let expected =
        FilesChange::AddFile { user: SARA, key: key(), blob: BlobId(1), sha256, same_name, at_unix_ms };
    assert_eq!(change, Change::Files(expected));
    house.apply(ticket, Ok(applied(FilesOutcome { file: Some(file(5)), ..changed(&[7]) })));
    house.expect_reply(asker, &Reply::File(file(5).own_entry(30)));
    assert_eq!(house.expect_told(&[sara, phone]), Event::FilesChanged {});
    house.expect_nothing();
}

#[test]
fn an_upload_is_denied_for_what_the_worker_found_or_the_store_and_asks_for_nothing_more() {
    let denials = [
        Denial::QuotaExceeded { left_bytes: 3 },
        Denial::DiskFull {},
        Denial::TooManyFiles { limit: 5 },
        Denial::UploadDiffers {},
    ];
    let mut house = house();
    let sara = house.member(1);
    for denial in denials {
        let (asker, ticket, _) = house.ask_for_job(sara, asks::begin("a.ogg", 10));
        house.complete(ticket, refused(denial.clone()));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
    let (asker, ticket) = begin(&mut house, sara);
    house.apply(ticket, Err(ChangeError::Refused(Refusal::QuotaExceeded { left_bytes: 3 })));
    house.expect_denial(asker, &Denial::QuotaExceeded { left_bytes: 3 });
    let (asker, ticket) = begin(&mut house, sara);
    house.apply(ticket, Err(ChangeError::StorageUnavailable));
    house.expect_denial(asker, &Denial::StorageUnavailable {});
    let (asker, ticket) = begin(&mut house, sara);
    house.apply(ticket, Ok(Applied::Upload { blob: BlobId(3), size_bytes: 10 }));
    let (ticket, _) = house.expect_run(asker);
    house.complete(ticket, refused(Denial::DiskFull {}));
    house.expect_denial(asker, &Denial::DiskFull {});
    for denial in [
        Denial::UploadIncomplete { received_bytes: 3 },
        Denial::HashMismatch {},
        Denial::NoSuchUpload {},
        Denial::DiskFull {},
    ] {
        let (asker, ticket, _) = house.ask_for_job(sara, asks::finish(5));
        house.complete(ticket, refused(denial.clone()));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn an_upload_whose_answer_was_lost_is_answered_by_its_file_and_another_is_not() {
    let mut house = house();
    let sara = house.member(1);
    // The file of the stories has ten bytes, and the hash of its number.
    let cases = [
        (asks::begin("b.ogg", 10), true),
        (asks::begin("a.ogg", 11), false),
        (asks::finish(5), true),
        (asks::finish(6), false),
    ];
    for (request, is_same) in cases {
        let (asker, ticket, _) = house.ask_for_job(sara, request);
        house.complete(ticket, found(FilesFound::UploadedBefore(Box::new(file(5)))));
        if is_same {
            house.expect_reply(asker, &Reply::File(file(5).own_entry(30)));
        } else {
            house.expect_denial(asker, &Denial::UploadDiffers {});
        }
        house.expect_nothing();
    }
    // It was finished between the look and the change.
    let (asker, ticket) = begin(&mut house, sara);
    house.apply(ticket, Ok(applied(FilesOutcome { file: Some(file(5)), ..changed(&[]) })));
    house.expect_reply(asker, &Reply::File(file(5).own_entry(30)));
    house.expect_nothing();
}

#[test]
fn of_two_devices_that_finish_one_name_one_is_asked() {
    let mut house = house();
    let (sara, phone) = (house.member(1), house.member(2));
    let (first, one, _) = house.ask_for_job(sara, asks::finish(5));
    let (second, other, _) = house.ask_for_job(phone, asks::finish(5));
    house.complete(one, found(FilesFound::Sealed { blob: BlobId(1) }));
    let (one, _) = house.expect_commit();
    house.complete(other, found(FilesFound::Sealed { blob: BlobId(1) }));
    let (other, _) = house.expect_commit();
    house.apply(one, Ok(applied(FilesOutcome { file: Some(file(5)), ..changed(&[7]) })));
    house.expect_reply(first, &Reply::File(file(5).own_entry(30)));
    house.expect_told(&[sara, phone]);
    let taken =
        Refusal::NameTaken { file: parlour_common::message::FileId(5), size_bytes: 10, changed_unix_ms: 5 };
    house.apply(other, Err(ChangeError::Refused(taken)));
    let file = parlour_common::message::FileId(5);
    house.expect_denial(second, &Denial::NameTaken { file, size_bytes: 10, changed_unix_ms: 5 });
    house.expect_nothing();
}

#[test]
fn a_file_is_recorded_though_its_member_has_left_and_one_whose_session_ended_is_not() {
    // Gone after the bytes were sealed: the file is made, and told to the other device.
    let mut house = house();
    let (sara, phone) = (house.member(1), house.member(2));
    let (_, ticket, _) = house.ask_for_job(sara, asks::finish(5));
    house.complete(ticket, found(FilesFound::Sealed { blob: BlobId(1) }));
    let (ticket, _) = house.expect_commit();
    house.service.handle_closed(sara);
    house.apply(ticket, Ok(applied(FilesOutcome { file: Some(file(5)), ..changed(&[7]) })));
    while let Some(effect) = house.service.poll_effect() {
        match effect {
            parlour_reactor::effect::Effect::Answer { .. } => {}
            parlour_reactor::effect::Effect::Tell { to, event } => {
                assert_eq!((&*to, event), (&[phone][..], Event::FilesChanged {}));
            }
            effect => panic!("{effect:?}"),
        }
    }
    // Signed out elsewhere before: it stays an upload.
    let beside = house.member(2);
    let (asker, ticket, _) = house.ask_for_job(phone, asks::finish(5));
    house.ask(beside, Request::SignOut {});
    let (closing, _) = house.expect_commit();
    house.apply(closing, Ok(Applied::Done));
    house.expect_denial(asker, &Denial::SessionEnded {});
    while house.service.poll_effect().is_some() {}
    house.complete(ticket, found(FilesFound::Sealed { blob: BlobId(1) }));
    house.expect_nothing();
}

#[test]
fn an_upload_whose_session_ended_while_it_was_written_down_takes_no_bytes() {
    let mut house = house();
    let (sara, beside) = (house.member(1), house.member(1));
    let (asker, adding) = begin(&mut house, sara);
    let out = house.ask(beside, Request::SignOut {});
    let (closing, _) = house.expect_commit();
    house.apply(closing, Ok(Applied::Done));
    house.expect_end_of_session(sara);
    house.expect_reply(out, &Reply::Done {});
    house.apply(adding, Ok(Applied::Upload { blob: BlobId(3), size_bytes: 10 }));
    let (ticket, _) = house.expect_run(asker);
    let spool = Spool::new(BlobId(3), 10, 1);
    house.complete(ticket, found(FilesFound::SpoolOpened { spool, offset: 0 }));
    house.expect_denial(asker, &Denial::SessionEnded {});
    house.expect_nothing();
}

#[test]
fn an_upload_on_the_line_is_kept_from_being_given_up_and_one_that_is_over_is_not() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let kept = |house: &mut House| -> usize {
        house.service.handle_chores(house.now);
        let mut kept = 0;
        while let Some(effect) = house.service.poll_effect() {
            if let parlour_reactor::effect::Effect::Commit { change: Change::Files(change), .. } = effect
                && let FilesChange::AddUpload { user, upload, at_unix_ms } = change
            {
                assert_eq!((user, upload, at_unix_ms), (SARA, new_upload(), house.now.unix_ms));
                kept += 1;
            }
        }
        kept
    };
    let mut house = house();
    let sara = house.member(1);
    begun(&mut house, sara, 0);
    assert_eq!(kept(&mut house), 0, "it has just begun");
    house.now.tick += DAY;
    assert_eq!(kept(&mut house), 1);
    assert_eq!(kept(&mut house), 0, "once a day");
    house.now.tick += DAY;
    house.service.handle_closed(sara);
    assert_eq!(kept(&mut house), 0, "it does not go on any more");

    for end in [asks::finish(5), asks::cancel()] {
        let mut house = self::house();
        let sara = house.member(1);
        begun(&mut house, sara, 0);
        house.ask(sara, end);
        while let Some(effect) = house.service.poll_effect() {
            match effect {
                parlour_reactor::effect::Effect::Run { ticket, .. } => {
                    house.service.handle_completion(
                        house.now,
                        ticket,
                        found(FilesFound::Sealed { blob: BlobId(1) }),
                    );
                }
                parlour_reactor::effect::Effect::Commit { ticket, .. } => {
                    let outcome = FilesOutcome { file: Some(file(5)), ..changed(&[]) };
                    house.service.handle_applied(house.now, ticket, Ok(applied(outcome)));
                }
                _ => {}
            }
        }
        house.now.tick += DAY;
        assert_eq!(kept(&mut house), 0, "it is over");
    }
}
