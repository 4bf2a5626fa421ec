//! The daemon's own work about files: each kind once at a time, some at a time, and again where it failed.

use parlour_common::limits::UPLOAD_HOURS_MAX;
use parlour_common::message::{Event, Reply, Request};
use parlour_reactor::id::Ticket;
use parlour_reactor::job::{Completion, FilesFound, FilesJob, FilesPolicy, Job};
use parlour_reactor::store::{
    Applied, BlobId, Change, ChangeError, FilesChange, FilesOutcome, Refusal, UserId,
};

use super::super::house::House;
use super::asks::{self, applied, changed};

fn files(change: Change) -> FilesChange {
    match change {
        Change::Files(change) => change,
        change => panic!("{change:?} changes no files"),
    }
}

fn expect_removal(house: &mut House) -> Ticket {
    match house.expect_own_run() {
        (ticket, Job::Files(FilesJob::RemoveDoomed)) => ticket,
        (_, job) => panic!("{job:?}"),
    }
}

fn removed(blobs: &[u64], more: bool) -> Completion {
    Completion::Files(FilesFound::Removed { blobs: blobs.iter().copied().map(BlobId).collect(), more })
}

fn unsettled(users: &[u64]) -> Completion {
    Completion::Files(FilesFound::Unsettled(users.iter().copied().map(UserId).collect()))
}

fn doomed() -> FilesOutcome {
    FilesOutcome { doomed: true, ..changed(&[]) }
}

fn more() -> FilesOutcome {
    FilesOutcome { more: true, ..changed(&[]) }
}

/// Purges a file, which leaves contents that nobody has.
fn purge(house: &mut House) {
    let sara = house.member(1);
    let asker = house.ask(sara, asks::purge(&[1]));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(applied(doomed())));
    house.expect_reply(asker, &Reply::Done {});
}

/// The chores begin: what was left behind is removed, settled and swept. Returns how to end each.
fn chores(house: &mut House) -> (Ticket, Ticket, Vec<(Ticket, FilesChange)>) {
    house.service.handle_chores(house.now);
    let (mut jobs, mut changes) = (Vec::new(), Vec::new());
    while let Some(effect) = house.service.poll_effect() {
        match effect {
            parlour_reactor::effect::Effect::Run { ticket, asker: None, job: Job::Files(job) } => {
                jobs.push((ticket, job));
            }
            parlour_reactor::effect::Effect::Commit { ticket, change: Change::Files(change) } => {
                changes.push((ticket, change));
            }
            parlour_reactor::effect::Effect::Commit { .. } => {}
            effect => panic!("{effect:?}"),
        }
    }
    match &jobs[..] {
        [(removal, FilesJob::RemoveDoomed), (unsettled, FilesJob::FindUnsettled)] => {
            (*removal, *unsettled, changes)
        }
        jobs => panic!("{jobs:?}"),
    }
}

#[test]
fn contents_that_nobody_has_are_removed_at_once_then_forgotten_until_none_is_left() {
    let mut house = House::new();
    purge(&mut house);
    let ticket = expect_removal(&mut house);
    house.expect_nothing();
    house.complete(ticket, removed(&[1, 2], true));
    let (ticket, change) = house.expect_commit();
    assert_eq!(files(change), FilesChange::ForgetBlobs { blobs: vec![BlobId(1), BlobId(2)] });
    house.apply(ticket, Ok(Applied::Done));
    let ticket = expect_removal(&mut house);
    house.complete(ticket, removed(&[], false));
    house.expect_nothing();
}

#[test]
fn contents_that_come_while_others_are_removed_are_removed_after_them() {
    let mut house = House::new();
    purge(&mut house);
    let ticket = expect_removal(&mut house);
    for _ in 0..3 {
        purge(&mut house);
        house.expect_nothing();
    }
    house.complete(ticket, removed(&[1], false));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    let ticket = expect_removal(&mut house);
    house.complete(ticket, removed(&[], false));
    house.expect_nothing();
}

#[test]
fn what_could_not_be_removed_is_tried_again_after_a_while() {
    let failures = [Completion::Busy, Completion::StorageFailed, Completion::Failed, removed(&[], true)];
    for failure in failures {
        let mut house = House::with(|settings| settings.policies.reset_by_mail = false);
        purge(&mut house);
        let ticket = expect_removal(&mut house);
        house.complete(ticket, failure);
        house.expect_nothing();
        let deadline = house.service.deadline().unwrap();
        assert_eq!((deadline - house.now.tick).as_secs(), 60);
        house.service.handle_deadline(house.now);
        house.expect_nothing();
        house.now.tick = deadline;
        house.service.handle_deadline(house.now);
        let ticket = expect_removal(&mut house);
        house.expect_look_for_unsettled();
        assert_eq!(house.service.deadline(), None);
        house.complete(ticket, removed(&[1], false));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(ChangeError::StorageUnavailable));
        assert!(house.service.deadline().is_some(), "what is gone is forgotten later");
    }
}

#[test]
fn deleted_accounts_have_their_fate_one_after_another_some_files_at_a_time() {
    let mut house = House::new();
    let mina = house.enter(2, &super::super::staff::person(8, "mina", parlour_common::message::Role::Member));
    let (removal, look, changes) = chores(&mut house);
    house.complete(removal, removed(&[], false));
    assert_eq!(changes.len(), 1, "{changes:?}");
    house.complete(look, unsettled(&[20, 21]));
    for user in [21, 20] {
        let user = UserId(user);
        let (ticket, change) = house.expect_commit();
        assert_eq!(files(change), FilesChange::SettleDeparted { user });
        house.apply(ticket, Ok(applied(FilesOutcome { more: true, ..changed(&[8]) })));
        assert_eq!(house.expect_told(&[mina]), Event::FilesChanged {});
        let (ticket, change) = house.expect_commit();
        assert_eq!(files(change), FilesChange::SettleDeparted { user }, "there was more");
        house.expect_nothing();
        house.apply(ticket, Ok(applied(changed(&[]))));
    }
    let look = house.expect_look_for_unsettled();
    house.complete(look, unsettled(&[]));
    house.expect_nothing();
}

#[test]
fn an_account_that_goes_while_others_are_settled_is_found_after_them() {
    let mut house = House::new();
    let (removal, look, _) = chores(&mut house);
    house.complete(removal, removed(&[], false));
    let anna = house.admin();
    let form = parlour_common::message::DeleteUser {
        user_name: "sara".to_owned(),
        shared: parlour_common::message::SharedFate::Remove {},
    };
    let (asker, ticket, _) = house.ask_for_job(anna, Request::DeleteUser(form));
    let sara = super::super::staff::person(7, "sara", parlour_common::message::Role::Member);
    house.complete(ticket, super::super::staff::found_user(&sara, None, None));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_news(&[anna], 0);
    house.complete(look, unsettled(&[]));
    let look = house.expect_look_for_unsettled();
    house.complete(look, unsettled(&[7]));
    let (_, change) = house.expect_commit();
    assert_eq!(files(change), FilesChange::SettleDeparted { user: UserId(7) });
}

#[test]
fn settling_that_fails_stops_and_is_tried_again_and_never_goes_round() {
    for error in [ChangeError::StorageUnavailable, ChangeError::Refused(Refusal::NoSuchUser)] {
        let mut house = House::with(|settings| settings.policies.reset_by_mail = false);
        let (removal, look, _) = chores(&mut house);
        house.complete(removal, removed(&[], false));
        house.complete(look, unsettled(&[20]));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(error));
        house.expect_nothing();
        house.now.tick = house.service.deadline().unwrap();
        house.service.handle_deadline(house.now);
        expect_removal(&mut house);
        house.expect_look_for_unsettled();
        house.expect_nothing();
    }
}

#[test]
fn what_has_lasted_its_time_is_swept_until_none_is_left_and_not_twice_at_once() {
    let mut house = House::with(|settings| {
        settings.files = FilesPolicy { standard_quota_bytes: None, reserve_bytes: 0, trash_days: 30 };
    });
    let (_, _, changes) = chores(&mut house);
    let hour_ms = 60 * 60 * 1000;
    let now = house.now.unix_ms;
    let expected = [
        FilesChange::SweepUploads { before_unix_ms: now - u64::from(UPLOAD_HOURS_MAX) * hour_ms },
        FilesChange::SweepTrash { before_unix_ms: now - 30 * 24 * hour_ms },
    ];
    assert_eq!(changes.iter().map(|(_, change)| change.clone()).collect::<Vec<_>>(), expected);
    for (mut ticket, change) in changes {
        for _ in 0..2 {
            house.now.unix_ms += 1000;
            house.apply(ticket, Ok(applied(more())));
            let (next, again) = house.expect_commit();
            assert_eq!(files(again), change, "the time is that of the beginning");
            ticket = next;
        }
        house.service.handle_chores(house.now);
        while let Some(effect) = house.service.poll_effect() {
            let is_sweep = matches!(
                &effect,
                parlour_reactor::effect::Effect::Commit { change: Change::Files(files), .. } if *files == change
            );
            assert!(!is_sweep, "{effect:?}");
        }
        house.apply(ticket, Ok(applied(changed(&[]))));
        house.expect_nothing();
    }
}

#[test]
fn the_trash_is_emptied_some_files_at_a_time_and_told_once() {
    for ends_well in [true, false] {
        let mut house = House::new();
        let (sara, phone) = (house.member(1), house.member(2));
        let asker = house.ask(sara, Request::EmptyTrash {});
        for step in 0..3 {
            let (ticket, change) = house.expect_commit();
            assert_eq!(files(change), FilesChange::EmptyTrash { user: UserId(7) });
            house.apply(ticket, Ok(applied(FilesOutcome { more: true, doomed: step == 0, ..changed(&[7]) })));
            if step == 0 {
                expect_removal(&mut house);
            }
        }
        let (ticket, _) = house.expect_commit();
        house.expect_nothing();
        if ends_well {
            house.apply(ticket, Ok(applied(changed(&[]))));
            house.expect_reply(asker, &Reply::Done {});
            assert_eq!(house.expect_told(&[sara, phone]), Event::FilesChanged {});
        } else {
            house.apply(ticket, Err(ChangeError::StorageUnavailable));
            assert_eq!(house.expect_told(&[sara, phone]), Event::FilesChanged {}, "what went is gone");
            house.expect_denial(asker, &parlour_common::message::Denial::StorageUnavailable {});
        }
        house.expect_nothing();
    }
}
