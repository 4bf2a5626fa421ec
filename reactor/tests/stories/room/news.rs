//! When those in the room are told who came and went: the first at once, a crowd in a few words.

use std::collections::BTreeSet;

use parlour_common::limits::SEAT_CHANGES_MAX;
use parlour_common::message::{Event, Role, SeatTurn, SeatsChanged};
use parlour_reactor::effect::Effect;
use parlour_reactor::id::ConnId;
use parlour_reactor::store::{RoomOutcome, UserId};

use super::super::house::House;
use super::super::staff::person;
use super::asks::{applied, name, seats, turns};

/// As many as the largest room that is measured.
const CROWD: u64 = 5000;

/// Lets the next news come due, and takes them.
fn next_news(house: &mut House, to: &[ConnId]) -> SeatsChanged {
    let deadline = house.service.deadline().unwrap();
    let wait = deadline.saturating_sub(house.now.tick).as_millis();
    assert!((1..=250).contains(&wait), "{wait} ms");
    house.pass_ms(u64::try_from(wait).unwrap() - 1);
    house.service.handle_deadline(house.now);
    house.expect_nothing();
    house.pass_ms(1);
    house.service.handle_deadline(house.now);
    house.expect_seats_told(to)
}

#[test]
fn what_happens_within_a_moment_is_told_together_and_in_order() {
    let mut house = House::with(|settings| settings.policies.reset_by_mail = false);
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    assert_eq!(turns(&house.expect_seats_told(&[sara])), [("sara", SeatTurn::Joined, 1)]);
    house.takes_seat(mina, 8, 2);
    house.expect_nothing();
    house.service.handle_closed(mina);
    let news = next_news(&mut house, &[sara]);
    assert_eq!(turns(&news), [("mina", SeatTurn::Joined, 2), ("mina", SeatTurn::Lost, 2)]);
    assert_eq!((news.participants, news.omitted), (2, 0));
    house.service.handle_deadline(house.now);
    house.expect_nothing();
    // After a quiet while the next is told at once again.
    house.pass_ms(250);
    let mina = house.guest(2, 8, "mina");
    let asker = house.look_in(mina, false);
    house.expect_entered(asker, 2, true);
    assert_eq!(turns(&house.expect_seats_told(&[sara, mina])), [("mina", SeatTurn::CameBack, 2)]);
}

#[test]
fn five_thousand_who_come_at_once_are_a_few_words_to_each() {
    let mut house = House::with(|settings| settings.policies.reset_by_mail = false);
    let conns: Vec<ConnId> =
        (0..CROWD).map(|id| house.enter(1, &person(id, &format!("guest-{id:04}"), Role::Member))).collect();
    let (mut events, mut named, mut omitted) = (0, 0, 0);
    let mut note = |effect: Effect| match effect {
        Effect::Tell { event: Event::SeatsChanged(news), .. } => {
            assert!(news.changes.len() <= SEAT_CHANGES_MAX);
            assert!(news.changes.len() == SEAT_CHANGES_MAX || news.omitted == 0);
            events += 1;
            named += news.changes.len() as u64;
            omitted += u64::from(news.omitted);
        }
        effect => panic!("{effect:?}"),
    };
    for (id, conn) in conns.iter().enumerate() {
        let asker = house.look_in(*conn, false);
        let ticket = house.expect_seat_for(id as u64);
        house.apply(ticket, Ok(applied(RoomOutcome::default())));
        house.expect_entered(asker, u32::try_from(id).unwrap() + 1, false);
        while let Some(effect) = house.service.poll_effect() {
            note(effect);
        }
        // All within two seconds.
        if id % 5 == 0 {
            house.pass_ms(2);
            house.service.handle_deadline(house.now);
            while let Some(effect) = house.service.poll_effect() {
                note(effect);
            }
        }
    }
    house.pass_ms(250);
    house.service.handle_deadline(house.now);
    note(house.service.poll_effect().unwrap());
    // At once, then every 250 ms for two seconds; and nobody was forgotten.
    assert_eq!((events, named + omitted), (1 + 2000 / 250 + 1, CROWD));
}

#[test]
fn telling_a_crowd_over_and_over_gathers_no_list() {
    let mut house = House::with(|settings| {
        settings.policies.reset_by_mail = false;
        settings.seats = (0..CROWD).map(|id| (UserId(id), name(&format!("guest-{id:04}")))).collect();
    });
    let mut conns = Vec::new();
    for id in 0..CROWD {
        let conn = house.enter(1, &person(id, &format!("guest-{id:04}"), Role::Member));
        let asker = house.look_in(conn, false);
        house.expect_entered(asker, 5000, true);
        while house.service.poll_effect().is_some() {}
        conns.push(conn);
    }
    let mut lists = BTreeSet::new();
    for text in ["one", "two", "three"] {
        let outcome = super::asks::news_of(super::asks::post(1, "guest-0000", text));
        house.said(conns[0], text, outcome);
        assert!(matches!(house.service.poll_effect(), Some(Effect::Answer { .. })));
        match house.service.poll_effect() {
            Some(Effect::Tell { to, .. }) => {
                assert_eq!(*to, *conns);
                lists.insert(to.as_ptr() as usize);
            }
            effect => panic!("{effect:?}"),
        }
    }
    assert_eq!(lists.len(), 1, "a list was made anew");
}

#[test]
fn seats_are_listed_by_name_page_by_page() {
    let mut house = House::with(|settings| {
        let names = ["zoe", "Anna", "mina", "bob", "sara"];
        settings.seats = (0..).map(UserId).zip(names.map(name)).collect();
    });
    let zoe = house.guest(1, 0, "zoe");
    let page = |house: &mut House, offset, limit| {
        let asker = house.ask(zoe, seats(offset, limit));
        match house.expect_answer(asker) {
            parlour_reactor::effect::Answer::Reply(parlour_common::message::Reply::Seats(page)) => {
                assert_eq!(page.participants, 5);
                page.seats.iter().map(|seat| seat.user_name.to_string()).collect::<Vec<_>>()
            }
            answer => panic!("{answer:?}"),
        }
    };
    assert_eq!(page(&mut house, 0, 2), ["Anna", "bob"]);
    assert_eq!(page(&mut house, 2, 2), ["mina", "sara"]);
    assert_eq!(page(&mut house, 4, 200), ["zoe"]);
    assert_eq!(page(&mut house, 5, 1), [""; 0]);
    assert_eq!(page(&mut house, u32::MAX, 1), [""; 0]);
}
