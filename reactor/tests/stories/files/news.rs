//! Who is told what of files, and admins of the room on the disk.

use parlour_common::message::{DiskLow, DiskState, EditUser, Event, Quota, Reply, Request, Role};
use parlour_common::names::UserName;
use parlour_reactor::id::ConnId;
use parlour_reactor::job::{Completion, FilesFound, FilesJob, FilesPolicy, Job};
use parlour_reactor::store::{Applied, BlobId, Change, FilesChange, FilesOutcome, ShareRecord, UserId};

use super::super::house::House;
use super::super::staff::{ANNA, found_user, person};
use super::asks::{self, applied, changed, file};

const RESERVE: u64 = 1000;

/// A house that keeps some of its disk free.
fn house() -> House {
    House::with(|settings| {
        settings.policies.reset_by_mail = false;
        settings.files = FilesPolicy { standard_quota_bytes: None, reserve_bytes: RESERVE, trash_days: 0 };
    })
}

/// Measures the disk when it is due.
fn measure(house: &mut House, free_bytes: u64) {
    house.now.tick = house.service.deadline().unwrap().max(house.now.tick);
    house.service.handle_deadline(house.now);
    let (ticket, job) = house.expect_own_run();
    assert!(matches!(job, Job::Files(FilesJob::MeasureRoom)), "{job:?}");
    house.service.handle_completion(house.now, ticket, Completion::Files(FilesFound::Room { free_bytes }));
}

fn low(free_bytes: u64, state: DiskState) -> Event {
    Event::DiskLow(DiskLow { free_bytes, reserve_bytes: RESERVE, state })
}

#[test]
fn what_is_shared_is_told_to_every_device_of_those_who_did_not_have_it() {
    let mut house = House::new();
    let member = |house: &mut House, token, id, name| house.enter(token, &person(id, name, Role::Member));
    let sara = member(&mut house, 1, 7, "sara");
    let mina = [member(&mut house, 2, 8, "mina"), member(&mut house, 3, 8, "mina")];
    let bob = member(&mut house, 4, 9, "bob");
    let (asker, ticket, job) = house.ask_for_job(sara, asks::share(&[1, 2], &["mina", "bob", "zoe"]));
    match job {
        Job::Files(FilesJob::FindRecipients { names }) => {
            assert_eq!(names.iter().map(UserName::key).collect::<Vec<_>>(), ["mina", "bob", "zoe"]);
        }
        job => panic!("{job:?}"),
    }
    let with = vec![UserId(8), UserId(9), UserId(10)];
    house.complete(ticket, Completion::Files(FilesFound::Members(with.clone())));
    let (ticket, change) = house.expect_commit();
    let at_unix_ms = house.now.unix_ms;
    let files = vec![file(1).id, file(2).id];
    let user = UserId(7);
    assert_eq!(change, Change::Files(FilesChange::ShareFiles { user, files, with, at_unix_ms }));
    let shared =
        [(1, 8), (1, 9), (1, 10), (2, 9)].map(|(number, with)| (file(number), UserId(with))).to_vec();
    house.apply(ticket, Ok(applied(FilesOutcome { shared, ..changed(&[7, 8, 9, 10]) })));
    house.expect_reply(asker, &Reply::Done {});
    let entry = |number| {
        let share = ShareRecord { since_unix_ms: at_unix_ms, fetched_unix_ms: None };
        Event::FileShared(file(number).shared_entry(UserName::parse("sara").unwrap(), &share))
    };
    assert_eq!(house.expect_told(&[mina[0], mina[1], bob]), entry(1));
    assert_eq!(house.expect_told(&[bob]), entry(2));
    assert_eq!(house.expect_told(&[sara, mina[0], mina[1], bob]), Event::FilesChanged {});
    house.expect_nothing();
}

#[test]
fn a_change_that_touches_nobody_on_the_line_is_told_to_nobody() {
    let mut house = House::new();
    let (sara, _anna) = (house.member(1), house.admin());
    let asker = house.ask(sara, asks::trash(&[1]));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(applied(changed(&[8]))));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_nothing();
}

#[test]
fn admins_are_told_when_room_runs_short_and_when_it_does_not_any_more() {
    let mut house = house();
    let (anna, _sara) = (house.admin(), house.member(1));
    let steps = [
        (2 * RESERVE, None),
        (2 * RESERVE - 1, Some(DiskState::Low)),
        (RESERVE + 1, None),
        (RESERVE, Some(DiskState::Full)),
        (0, None),
        (2 * RESERVE - 1, Some(DiskState::Low)),
        (5 * RESERVE, Some(DiskState::Enough)),
    ];
    for (free_bytes, expected) in steps {
        measure(&mut house, free_bytes);
        if let Some(state) = expected {
            assert_eq!(house.expect_told(&[anna]), low(free_bytes, state));
        }
        house.expect_nothing();
    }
}

#[test]
fn an_admin_who_comes_in_is_told_of_it_and_nobody_else() {
    let mut house = house();
    measure(&mut house, 5);
    house.expect_nothing();
    let enter = |house: &mut House, token, user: &parlour_reactor::store::UserRecord| -> ConnId {
        let conn = house.open();
        let (_, ticket, _) = house.ask_for_job(conn, super::super::house::resume(token));
        house.complete(ticket, house.found(user));
        assert!(house.service.poll_effect().is_some(), "the answer goes first");
        conn
    };
    let anna = enter(&mut house, 1, &person(ANNA.0, "anna", Role::Admin));
    assert_eq!(house.expect_told(&[anna]), low(5, DiskState::Full));
    for role in [Role::Member, Role::Curator] {
        enter(&mut house, 2, &person(7, "sara", role));
        house.expect_nothing();
    }
}

#[test]
fn the_disk_is_measured_now_and_then_and_soon_after_it_ran_out() {
    let mut house = house();
    let sara = house.member(1);
    measure(&mut house, 50_000);
    let usual = house.service.deadline().unwrap();
    assert_eq!((usual - house.now.tick).as_secs(), 30);
    let (_, ticket, _) = house.ask_for_job(sara, asks::begin("a.ogg", 5));
    let full = parlour_common::message::Denial::DiskFull {};
    house.complete(ticket, Completion::Files(FilesFound::Refused(full)));
    while house.service.poll_effect().is_some() {}
    assert_eq!((house.service.deadline().unwrap() - house.now.tick).as_secs(), 1);
    // While it is measured, what changes is looked at again.
    house.now.tick = house.service.deadline().unwrap();
    house.service.handle_deadline(house.now);
    let (ticket, _) = house.expect_own_run();
    assert_eq!(house.service.deadline(), None);
    let (_, sealing, _) = house.ask_for_job(sara, asks::finish(5));
    house.complete(sealing, Completion::Files(FilesFound::Sealed { blob: BlobId(1) }));
    house.expect_commit();
    house.complete(ticket, Completion::StorageFailed);
    assert_eq!((house.service.deadline().unwrap() - house.now.tick).as_secs(), 1);
    house.expect_nothing();
}

#[test]
fn a_house_that_keeps_nothing_free_measures_nothing() {
    let mut house = House::with(|settings| settings.policies.reset_by_mail = false);
    assert_eq!(house.service.deadline(), None);
    house.service.handle_deadline(house.now);
    house.expect_nothing();
}

#[test]
fn another_quota_is_told_to_its_member() {
    let mut house = House::new();
    let (anna, sara) = (house.admin(), house.member(1));
    let quota = Some(Quota::Bytes(5));
    let user_name = "sara".to_owned();
    let edit = EditUser { user_name, email: None, phone: None, role: None, state: None, quota };
    let (asker, ticket, _) = house.ask_for_job(anna, Request::EditUser(edit));
    let record = person(7, "sara", Role::Member);
    house.complete(ticket, found_user(&record, None, None));
    let (ticket, change) = house.expect_commit();
    match change {
        Change::EditUser { edit, .. } => assert_eq!(edit.quota, quota),
        change => panic!("{change:?}"),
    }
    let user = Box::new(parlour_reactor::store::UserRecord { quota: Quota::Bytes(5), ..record });
    house.apply(ticket, Ok(Applied::Edited { user, ended: false }));
    match house.expect_answer(asker) {
        parlour_reactor::effect::Answer::Reply(Reply::User(user)) => assert_eq!(user.quota, Quota::Bytes(5)),
        answer => panic!("{answer:?}"),
    }
    assert!(matches!(house.expect_told(&[sara]), Event::AccountChanged(_)));
    assert_eq!(house.expect_told(&[sara]), Event::FilesChanged {});
    house.expect_news(&[anna], 0);
}
