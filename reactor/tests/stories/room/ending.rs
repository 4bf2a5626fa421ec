//! How a seat ends: by a goodbye, with a session, or by leaving; and how it does not.

use parlour_common::message::{ChangePassword, Denial, EndSession, Event, Reply, Request, Role, SeatTurn};
use parlour_reactor::effect::Effect;
use parlour_reactor::id::ConnId;
use parlour_reactor::job::{Completion, OwnPasswordVerdict};
use parlour_reactor::store::{Applied, Change, RoomChange, RoomOutcome, UserId};

use super::super::house::{House, secret, token_hash};
use super::super::staff::person;
use super::asks::{applied, log_of, name, say, turns};

/// A room with sara, who looks on, and mina.
fn room_of_two() -> (House, ConnId, ConnId) {
    let mut house = House::new();
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    house.settle();
    house.takes_seat(mina, 8, 2);
    house.settle();
    (house, sara, mina)
}

fn expect_mina_left(house: &mut House, sara: ConnId) {
    let news = house.expect_seats_told(&[sara]);
    assert_eq!((turns(&news), news.participants), (vec![("mina", SeatTurn::Left, 1)], 1));
}

#[test]
fn a_goodbye_gives_the_seat_up_and_the_end_of_its_connection_changes_nothing() {
    let (mut house, sara, mina) = room_of_two();
    house.service.handle_goodbye(mina);
    expect_mina_left(&mut house, sara);
    house.expect_seat_given_up(8);
    house.service.handle_closed(mina);
    house.expect_nothing();
    // Nobody who is not signed in, and nobody without a seat, leaves by it.
    let (stranger, guest) = (house.open(), house.guest(3, 9, "zoe"));
    for conn in [stranger, guest, mina] {
        house.service.handle_goodbye(conn);
        house.expect_nothing();
    }
}

#[test]
fn whoever_leaves_is_answered_once_it_is_written_down() {
    let (mut house, sara, mina) = room_of_two();
    let asker = house.ask(mina, Request::LeaveRoom {});
    expect_mina_left(&mut house, sara);
    let ticket = house.expect_seat_given_up(8);
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_reply(asker, &Reply::Done {});
    let asker = house.ask(mina, say("still here?"));
    house.expect_denial(asker, &Denial::NotSeated {});
    // Without a seat it changes nothing.
    let asker = house.ask(mina, Request::LeaveRoom {});
    let ticket = house.expect_seat_given_up(8);
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_nothing();
}

#[test]
fn a_seat_can_be_left_from_its_own_session_or_while_it_waits_and_not_from_elsewhere() {
    let (mut house, sara, mina) = room_of_two();
    let phone = house.guest(3, 8, "mina");
    let asker = house.ask(phone, Request::LeaveRoom {});
    house.expect_denial(asker, &Denial::NotSeated {});
    house.expect_nothing();
    house.service.handle_closed(mina);
    house.settle();
    house.ask(phone, Request::LeaveRoom {});
    expect_mina_left(&mut house, sara);
    house.expect_seat_given_up(8);
    let (mut house, sara, _) = room_of_two();
    let beside = house.guest(2, 8, "mina");
    house.ask(beside, Request::LeaveRoom {});
    expect_mina_left(&mut house, sara);
}

#[test]
fn a_seat_ends_with_its_session_wherever_that_is_ended() {
    // Signed out here.
    let (mut house, sara, mina) = room_of_two();
    let asker = house.ask(mina, Request::SignOut {});
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    expect_mina_left(&mut house, sara);
    house.expect_seat_given_up(8);
    house.expect_reply(asker, &Reply::Done {});
    house.expect_nothing();
    // Ended at another place, while the seat waits.
    let (mut house, sara, mina) = room_of_two();
    house.service.handle_closed(mina);
    house.settle();
    let phone = house.guest(3, 8, "mina");
    let session = token_hash(2).session_id();
    let asker = house.ask(phone, Request::EndSession(EndSession { session }));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Ended(token_hash(2))));
    house.expect_reply(asker, &Reply::Done {});
    expect_mina_left(&mut house, sara);
    house.expect_seat_given_up(8);
    house.expect_nothing();
    // Another session of hers ends: she stays.
    let (mut house, _, mina) = room_of_two();
    let phone = house.guest(3, 8, "mina");
    house.ask(phone, Request::SignOut {});
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    assert!(matches!(house.service.poll_effect(), Some(Effect::Answer { .. })));
    house.expect_nothing();
    house.ask(mina, say("here"));
    assert!(matches!(house.expect_commit().1, Change::Room(_)));
}

/// An admin changes mina's account in such a way that all its sessions end.
fn disable(house: &mut House) {
    use parlour_common::message::{AccountState, EditUser};
    use parlour_reactor::store::UserUse;
    let admin = house.admin();
    let edit = EditUser {
        user_name: "mina".to_owned(),
        email: None,
        phone: None,
        role: None,
        state: Some(AccountState::Disabled),
        quota: None,
    };
    let (asker, ticket, _) = house.ask_for_job(admin, Request::EditUser(edit));
    let mina = person(8, "mina", Role::Member);
    let found = parlour_reactor::job::PeopleFound::User {
        user: Some(Box::new(mina.clone())),
        used: UserUse::default(),
        heir: None,
    };
    house.complete(ticket, Completion::People(found));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Edited { user: Box::new(mina), ended: true }));
    house.expect_answer(asker);
}

#[test]
fn the_seat_of_a_disabled_account_is_given_up_present_or_not() {
    let (mut house, sara, mina) = room_of_two();
    disable(&mut house);
    expect_mina_left(&mut house, sara);
    house.expect_seat_given_up(8);
    house.expect_end_of_session(mina);
    let (mut house, sara, mina) = room_of_two();
    house.service.handle_closed(mina);
    house.settle();
    disable(&mut house);
    expect_mina_left(&mut house, sara);
    house.expect_seat_given_up(8);
    // And one that has waited since the start.
    let mut house = House::with(|settings| settings.seats = vec![(UserId(8), name("mina"))]);
    disable(&mut house);
    house.expect_seat_given_up(8);
}

#[test]
fn whoever_goes_while_their_seat_is_written_down_leaves_none_behind() {
    // By a goodbye, or lost: nobody was told of the seat.
    for says_goodbye in [true, false] {
        let mut house = House::new();
        let mina = house.guest(2, 8, "mina");
        house.look_in(mina, false);
        let ticket = house.expect_seat_for(8);
        if says_goodbye {
            house.service.handle_goodbye(mina);
        }
        house.service.handle_closed(mina);
        house.expect_nothing();
        house.apply(ticket, Ok(applied(RoomOutcome::default())));
        house.expect_seat_given_up(8);
        house.expect_nothing();
    }
    // Lost, and back at once: the seat is hers.
    let mut house = House::new();
    let mina = house.guest(2, 8, "mina");
    house.look_in(mina, false);
    let ticket = house.expect_seat_for(8);
    house.service.handle_closed(mina);
    let mina = house.guest(2, 8, "mina");
    let asker = house.look_in(mina, false);
    let again = house.expect_seat_for(8);
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_nothing();
    house.apply(again, Ok(applied(RoomOutcome::default())));
    house.expect_entered(asker, 1, false);
    // Asked to enter and to leave in one breath.
    let mut house = House::new();
    let mina = house.guest(2, 8, "mina");
    let entering = house.look_in(mina, false);
    let ticket = house.expect_seat_for(8);
    let leaving = house.ask(mina, Request::LeaveRoom {});
    let left = house.expect_seat_given_up(8);
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_entered(entering, 1, false);
    assert_eq!(turns(&house.expect_seats_told(&[mina])), [("mina", SeatTurn::Joined, 1)]);
    house.expect_seat_given_up(8);
    house.apply(left, Ok(applied(RoomOutcome::default())));
    house.expect_reply(leaving, &Reply::Done {});
    let asker = house.ask(mina, say("still here?"));
    house.expect_denial(asker, &Denial::NotSeated {});
}

#[test]
fn what_was_asked_under_a_session_that_ended_is_denied() {
    let (mut house, _, mina) = room_of_two();
    let phone = house.guest(3, 8, "mina");
    let (asker, ticket, _) = house.ask_for_job(phone, super::asks::read(10));
    let ending = house.ask(mina, Request::EndSession(EndSession { session: token_hash(3).session_id() }));
    let (ended, _) = house.expect_commit();
    house.apply(ended, Ok(Applied::Ended(token_hash(3))));
    house.expect_reply(ending, &Reply::Done {});
    house.expect_denial(asker, &Denial::SessionEnded {});
    house.expect_end_of_session(phone);
    house.complete(ticket, Completion::Failed);
    house.expect_nothing();
}

#[test]
fn a_stop_of_the_daemon_says_nothing_about_those_who_are_in() {
    let lines = log_of(|| {
        let (mut house, sara, mina) = room_of_two();
        house.service.handle_stopping();
        house.service.handle_closed(sara);
        house.service.handle_closed(mina);
        house.expect_nothing();
    });
    assert!(lines.iter().all(|line| line.contains("joined")), "{lines:?}");
}

#[test]
fn news_are_told_to_nobody_where_nobody_is_in() {
    let mut house = House::new();
    let mina = house.guest(2, 8, "mina");
    house.takes_seat(mina, 8, 1);
    house.settle();
    house.service.handle_closed(mina);
    house.expect_nothing();
    let sara = house.guest(1, 7, "sara");
    house.pass_ms(1000);
    house.takes_seat(sara, 7, 2);
    match house.expect_told(&[sara]) {
        Event::SeatsChanged(news) => assert_eq!(turns(&news), [("sara", SeatTurn::Joined, 2)]),
        event => panic!("{event:?}"),
    }
}

/// Somebody changes their own password.
fn change_password(house: &mut House, conn: ConnId) {
    let form = ChangePassword { old: secret("old words"), new: secret("new words here") };
    let (_, ticket, _) = house.ask_for_job(conn, Request::ChangePassword(form));
    let (from, to) = (secret("a hash"), Some(secret("another hash")));
    let right = OwnPasswordVerdict::Right { from, to, heir: None };
    house.complete(ticket, Completion::OwnPasswordChecked(right));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
}

/// What the service wants written down of seats; the rest is forgotten.
fn changes_of_seats(house: &mut House) -> Vec<Change> {
    let mut changes = Vec::new();
    while let Some(effect) = house.service.poll_effect() {
        if let Effect::Commit { change: change @ Change::Room(_), .. } = effect {
            changes.push(change);
        }
    }
    changes
}

#[test]
fn another_password_ends_the_seats_of_the_sessions_that_it_ends() {
    // Changed where the seat is: it stays.
    let (mut house, _, mina) = room_of_two();
    change_password(&mut house, mina);
    assert_eq!(changes_of_seats(&mut house), []);
    house.ask(mina, say("here"));
    assert!(matches!(house.expect_commit().1, Change::Room(RoomChange::Say(_))));
    // Changed elsewhere: whoever sits there may not be her.
    let (mut house, _, _) = room_of_two();
    let phone = house.guest(3, 8, "mina");
    change_password(&mut house, phone);
    assert_eq!(changes_of_seats(&mut house), [Change::Room(RoomChange::LeaveSeat { user: UserId(8) })]);
    // It has waited since the start, and nobody knows whose session had it: it may be this one.
    let mut house = House::with(|settings| settings.seats = vec![(UserId(8), name("mina"))]);
    let mina = house.guest(2, 8, "mina");
    change_password(&mut house, mina);
    assert_eq!(changes_of_seats(&mut house), []);
    let asker = house.look_in(mina, false);
    house.expect_entered(asker, 1, true);
}

#[test]
fn a_seat_that_was_given_up_elsewhere_while_it_was_written_down_is_written_down_again() {
    for says_goodbye in [true, false] {
        let mut house = House::new();
        let mina = person(8, "mina", Role::Member);
        let (desk, phone) = (house.guest_on("desk", 1, &mina), house.guest_on("phone", 2, &mina));
        let first = house.look_in(desk, false);
        let ticket = house.expect_seat_for(8);
        let second = house.look_in(phone, false);
        let again = house.expect_seat_for(8);
        house.apply(ticket, Ok(applied(RoomOutcome::default())));
        house.expect_entered(first, 1, false);
        house.settle();
        // Before the second is answered: the records will say that there is no seat.
        if says_goodbye {
            house.service.handle_goodbye(desk);
        } else {
            house.ask(desk, Request::LeaveRoom {});
        }
        house.expect_seat_given_up(8);
        house.settle();
        house.apply(again, Ok(applied(RoomOutcome::default())));
        let once_more = house.expect_seat_for(8);
        house.apply(once_more, Ok(applied(RoomOutcome::default())));
        house.expect_entered(second, 1, false);
        house.settle();
        house.ask(phone, say("here"));
        assert!(matches!(house.expect_commit().1, Change::Room(RoomChange::Say(_))));
    }
}
