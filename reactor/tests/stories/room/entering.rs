//! Who comes in, who sits down again, and who takes a seat over.

use parlour_common::message::{Denial, Entered, Event, Reply, Role, SeatLost, SeatState, SeatTurn};
use parlour_reactor::effect::Answer;
use parlour_reactor::id::ConnId;
use parlour_reactor::job::{Completion, RoomFound};
use parlour_reactor::store::{ChangeError, Refusal, RoomOutcome, UserId};

use super::super::house::House;
use super::super::staff::person;
use super::asks::{applied, enter, found, log_of, name, news_of, post, room, seats, turns};

/// Who is in the room, as a member sees it.
fn seen(house: &mut House, conn: ConnId) -> Vec<(String, SeatState)> {
    let asker = house.ask(conn, seats(0, 200));
    match house.expect_answer(asker) {
        Answer::Reply(Reply::Seats(page)) => {
            assert_eq!(page.participants as usize, page.seats.len());
            page.seats.into_iter().map(|seat| (seat.user_name.to_string(), seat.state)).collect()
        }
        answer => panic!("{answer:?}"),
    }
}

fn there(who: &[(&str, SeatState)]) -> Vec<(String, SeatState)> {
    who.iter().map(|(name, state)| ((*name).to_owned(), *state)).collect()
}

#[test]
fn a_seat_is_taken_once_it_is_written_down_and_all_are_told() {
    let mut house = House::new();
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    assert_eq!(turns(&house.expect_seats_told(&[sara])), [("sara", SeatTurn::Joined, 1)]);
    house.pass_ms(1000);
    let asker = house.look_in(mina, false);
    let ticket = house.expect_seat_for(8);
    house.expect_nothing();
    assert_eq!(seen(&mut house, sara), there(&[("sara", SeatState::Present)]));
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_entered(asker, 2, false);
    let news = house.expect_seats_told(&[sara, mina]);
    assert_eq!((turns(&news), news.participants), (vec![("mina", SeatTurn::Joined, 2)], 2));
    assert_eq!(news.changes[0].at_unix_ms, house.now.unix_ms);
    let both = there(&[("mina", SeatState::Present), ("sara", SeatState::Present)]);
    assert_eq!(seen(&mut house, mina), both);
    house.expect_nothing();
}

#[test]
fn each_turn_of_a_seat_is_a_line_of_the_log_with_the_number_of_participants() {
    let lines = log_of(|| {
        let mut house = House::new();
        let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
        house.takes_seat(sara, 7, 1);
        house.settle();
        house.takes_seat(mina, 8, 2);
        house.settle();
        let asker = house.said(mina, "a secret", news_of(post(4, "mina", "a secret")));
        house.expect_post(asker, &post(4, "mina", "a secret"));
        assert_eq!(house.expect_told(&[sara, mina]), Event::Said(post(4, "mina", "a secret")));
        house.service.handle_closed(mina);
        house.settle();
        let mina = house.guest(2, 8, "mina");
        let asker = house.look_in(mina, false);
        house.expect_entered(asker, 2, true);
        house.settle();
        let phone = house.guest(3, 8, "mina");
        house.look_in(phone, true);
        while house.service.poll_effect().is_some() {}
        house.service.handle_goodbye(phone);
        house.expect_seats_told(&[sara]);
        house.expect_seat_given_up(8);
        house.settle();
    });
    assert_eq!(
        lines,
        [
            "sara joined the room, 1 participant",
            "mina joined the room, 2 participants",
            "mina is away, the connection was lost, 2 participants",
            "mina came back to the room, 2 participants",
            "mina took the seat over at another place, 2 participants",
            "mina left the room, 1 participant",
        ]
    );
}

#[test]
fn a_lost_connection_leaves_a_seat_that_waits_and_whoever_comes_back_has_it() {
    let mut house = House::new();
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    house.settle();
    house.takes_seat(mina, 8, 2);
    house.settle();
    house.service.handle_closed(mina);
    let news = house.expect_seats_told(&[sara]);
    assert_eq!((turns(&news), news.participants), (vec![("mina", SeatTurn::Lost, 2)], 2));
    // Told twice, it is one end.
    house.service.handle_closed(mina);
    house.expect_nothing();
    assert_eq!(seen(&mut house, sara), there(&[("mina", SeatState::Inactive), ("sara", SeatState::Present)]));
    house.pass_ms(1000);
    // With another session: by password, say. Nothing has to be written down.
    let mina = house.guest(3, 8, "mina");
    let asker = house.look_in(mina, false);
    house.expect_entered(asker, 2, true);
    assert_eq!(turns(&house.expect_seats_told(&[sara, mina])), [("mina", SeatTurn::CameBack, 2)]);
    house.expect_nothing();
}

#[test]
fn after_a_start_every_seat_waits() {
    let mut house =
        House::with(|settings| settings.seats = vec![(UserId(7), name("sara")), (UserId(8), name("Mina"))]);
    let sara = house.guest(1, 7, "sara");
    assert_eq!(
        seen(&mut house, sara),
        there(&[("Mina", SeatState::Inactive), ("sara", SeatState::Inactive)])
    );
    let asker = house.look_in(sara, false);
    house.expect_entered(asker, 2, true);
    assert_eq!(turns(&house.expect_seats_told(&[sara])), [("sara", SeatTurn::CameBack, 2)]);
}

#[test]
fn a_seat_that_is_present_elsewhere_is_named_and_can_be_taken_over() {
    let mut house = House::new();
    let mina = person(8, "mina", Role::Member);
    let desk = house.guest_on("desk", 1, &mina);
    house.takes_seat(desk, 8, 1);
    house.settle();
    let phone = house.guest_on("phone", 2, &mina);
    let asker = house.ask(phone, enter(false));
    house.expect_denial(asker, &Denial::SeatTaken { device: "desk".to_owned() });
    let asker = house.look_in(phone, true);
    house.expect_entered(asker, 1, false);
    assert_eq!(house.expect_told(&[desk]), Event::SeatLost(SeatLost { device: "phone".to_owned() }));
    // It is one turn of one seat: nobody came, and nobody went.
    house.expect_nothing();
    assert!(house.service.deadline().is_none_or(|deadline| deadline > house.now.tick));
    // What has no seat any more says nothing about it when it ends.
    house.service.handle_goodbye(desk);
    house.service.handle_closed(desk);
    house.expect_nothing();
    assert_eq!(seen(&mut house, phone), there(&[("mina", SeatState::Present)]));
}

#[test]
fn the_same_session_on_another_connection_takes_its_seat_silently() {
    let mut house = House::new();
    let mina = person(8, "mina", Role::Member);
    let before = house.guest_on("desk", 1, &mina);
    house.takes_seat(before, 8, 1);
    house.settle();
    let after = house.guest_on("desk", 1, &mina);
    let asker = house.look_in(after, false);
    house.expect_entered(asker, 1, false);
    assert_eq!(house.expect_told(&[before]), Event::SeatLost(SeatLost { device: "desk".to_owned() }));
    house.service.handle_closed(before);
    house.expect_nothing();
    // Whoever enters where they are, is.
    let asker = house.look_in(after, false);
    house.expect_entered(asker, 1, false);
    house.expect_nothing();
}

#[test]
fn of_two_places_that_enter_at_once_one_gets_the_seat() {
    let mut house = House::new();
    let mina = person(8, "mina", Role::Member);
    let (desk, phone) = (house.guest_on("desk", 1, &mina), house.guest_on("phone", 2, &mina));
    let first = house.look_in(desk, false);
    let ticket = house.expect_seat_for(8);
    let second = house.look_in(phone, false);
    let again = house.expect_seat_for(8);
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_entered(first, 1, false);
    assert_eq!(turns(&house.expect_seats_told(&[desk])), [("mina", SeatTurn::Joined, 1)]);
    house.apply(again, Ok(applied(RoomOutcome::default())));
    house.expect_denial(second, &Denial::SeatTaken { device: "desk".to_owned() });
    house.expect_nothing();
}

#[test]
fn whoever_enters_hears_what_is_said_from_the_moment_of_asking() {
    let mut house = House::new();
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    house.settle();
    let (asker, ticket, _) = house.ask_for_job(mina, enter(false));
    let answer = house.said(sara, "one", news_of(post(1, "sara", "one")));
    house.expect_post(answer, &post(1, "sara", "one"));
    assert_eq!(house.expect_told(&[sara, mina]), Event::Said(post(1, "sara", "one")));
    house.complete(ticket, found(RoomFound::Conversation(Box::new(room(3)))));
    let ticket = house.expect_seat_for(8);
    let answer = house.said(sara, "two", news_of(post(2, "sara", "two")));
    house.expect_post(answer, &post(2, "sara", "two"));
    assert_eq!(house.expect_told(&[sara, mina]), Event::Said(post(2, "sara", "two")));
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_reply(asker, &Reply::Entered(Entered { participants: 2, came_back: false, room: room(3) }));
}

#[test]
fn whoever_could_not_enter_has_no_seat_and_hears_nothing() {
    for trouble in [Completion::Busy, Completion::StorageFailed, Completion::Failed] {
        let mut house = House::new();
        let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
        house.takes_seat(sara, 7, 1);
        house.settle();
        let (asker, ticket, _) = house.ask_for_job(mina, enter(false));
        house.complete(ticket, trouble);
        assert!(matches!(house.expect_answer(asker), Answer::Denial(_)));
        let asker = house.look_in(mina, false);
        let ticket = house.expect_seat_for(8);
        house.apply(ticket, Err(ChangeError::Refused(Refusal::NoSuchUser)));
        house.expect_denial(asker, &Denial::SessionEnded {});
        let asker = house.look_in(mina, false);
        let ticket = house.expect_seat_for(8);
        house.apply(ticket, Err(ChangeError::StorageUnavailable));
        house.expect_denial(asker, &Denial::StorageUnavailable {});
        let answer = house.said(sara, "one", news_of(post(1, "sara", "one")));
        house.expect_post(answer, &post(1, "sara", "one"));
        assert_eq!(house.expect_told(&[sara]), Event::Said(post(1, "sara", "one")));
        assert_eq!(seen(&mut house, mina), there(&[("sara", SeatState::Present)]));
    }
}
