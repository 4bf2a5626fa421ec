//! What goes by itself: posts that have lasted their time, and seats that nobody came back to.

use parlour_common::message::SeatTurn;
use parlour_reactor::effect::Effect;
use parlour_reactor::id::Ticket;
use parlour_reactor::job::{FilesJob, Job, RoomPolicy};
use parlour_reactor::store::{Change, ChangeError, RoomChange, RoomOutcome, UserId};

use super::super::house::House;
use super::asks::{applied, name, turns};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Does the chores, and returns the changes of the room that they want.
fn chores(house: &mut House) -> Vec<(Ticket, RoomChange)> {
    house.expect_nothing();
    house.service.handle_chores(house.now);
    let mut changes = Vec::new();
    while let Some(effect) = house.service.poll_effect() {
        if let Effect::Commit { ticket, change: Change::Room(change) } = effect {
            changes.push((ticket, change));
        }
    }
    changes
}

fn keeping(history_days: u32) -> House {
    House::with(|settings| {
        settings.policies.reset_by_mail = false;
        settings.room = RoomPolicy { history_days, cards_bytes_max: None };
    })
}

#[test]
fn what_is_kept_for_ever_is_not_swept() {
    let mut house = keeping(0);
    assert!(chores(&mut house).is_empty());
}

#[test]
fn old_posts_are_forgotten_some_at_a_time_and_their_cards_removed() {
    let mut house = keeping(30);
    let before_unix_ms = house.now.unix_ms - 30 * DAY_MS;
    let sweep = RoomChange::SweepPosts { before_unix_ms };
    let changes = chores(&mut house);
    let [(ticket, change)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(*change, sweep);
    // One at a time.
    assert!(chores(&mut house).is_empty());
    house.pass_ms(5);
    house.apply(*ticket, Ok(applied(RoomOutcome { more: true, ..RoomOutcome::default() })));
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::Room(sweep));
    // The chores before have asked for it already.
    let removing = RoomOutcome { doomed: true, ..RoomOutcome::default() };
    house.apply(ticket, Ok(applied(removing)));
    house.expect_nothing();
    // What failed is tried again by the next chores.
    let changes = chores(&mut house);
    house.apply(changes[0].0, Err(ChangeError::StorageUnavailable));
    assert_eq!(chores(&mut house).len(), 1);
}

#[test]
fn contents_of_cards_that_were_forgotten_are_removed() {
    let mut house = keeping(30);
    house.service.handle_chores(house.now);
    let (mut removing, mut sweeping) = (None, None);
    while let Some(effect) = house.service.poll_effect() {
        match effect {
            Effect::Run { ticket, job: Job::Files(FilesJob::RemoveDoomed), .. } => removing = Some(ticket),
            Effect::Commit { ticket, change: Change::Room(_) } => sweeping = Some(ticket),
            _ => {}
        }
    }
    let nothing = parlour_reactor::job::FilesFound::Removed { blobs: Vec::new(), more: false };
    house.complete(removing.unwrap(), parlour_reactor::job::Completion::Files(nothing));
    house.apply(sweeping.unwrap(), Ok(applied(RoomOutcome { doomed: true, ..RoomOutcome::default() })));
    assert!(matches!(house.expect_own_run().1, Job::Files(FilesJob::RemoveDoomed)));
}

#[test]
fn a_seat_that_nobody_came_back_to_for_a_week_is_given_up() {
    let mut house = keeping(0);
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    house.settle();
    house.takes_seat(mina, 8, 2);
    house.settle();
    house.pass_ms(30 * DAY_MS);
    house.service.handle_deadline(house.now);
    house.service.handle_closed(mina);
    house.settle();
    house.pass_ms(7 * DAY_MS - 1000);
    assert!(chores(&mut house).is_empty());
    house.pass_ms(2000);
    house.service.handle_chores(house.now);
    let mut given_up = Vec::new();
    while let Some(effect) = house.service.poll_effect() {
        match effect {
            Effect::Commit { change: Change::Room(change), .. } => given_up.push(change),
            Effect::Tell { to, event: parlour_common::message::Event::SeatsChanged(news) } => {
                assert_eq!((&*to, turns(&news)), (&[sara][..], vec![("mina", SeatTurn::Left, 1)]));
            }
            _ => {}
        }
    }
    // Sara, who is there all the time, stays.
    assert_eq!(given_up, [RoomChange::LeaveSeat { user: UserId(8) }]);
}

#[test]
fn seats_found_at_the_start_wait_from_then_on() {
    let mut house = House::with(|settings| {
        settings.policies.reset_by_mail = false;
        settings.seats = vec![(UserId(8), name("mina"))];
    });
    assert!(chores(&mut house).is_empty());
    house.pass_ms(7 * DAY_MS + 1);
    let changes = chores(&mut house);
    let [(_, change)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(*change, RoomChange::LeaveSeat { user: UserId(8) });
    assert!(chores(&mut house).is_empty());
}
