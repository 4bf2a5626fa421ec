//! How often one may try, as the doors of the service show it.

use std::time::Duration;

use parlour_common::message::{Denial, Request, SignIn};
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::id::{ConnId, Ticket};
use parlour_reactor::job::{Completion, PasswordVerdict};
use parlour_reactor::store::Taken;

use super::house::{
    House, PASSWORD, account, opened, resume, right_password, secret, sign_in, sign_up, signed_in,
};

/// Asks; returns the job's ticket, or how long to wait.
fn attempt(house: &mut House, conn: ConnId, request: Request) -> Result<Ticket, Denial> {
    let asker = house.ask(conn, request);
    match house.service.poll_effect() {
        Some(Effect::Run { ticket, .. }) => Ok(ticket),
        Some(Effect::Answer { to, answer: Answer::Denial(denial) }) if to == asker => Err(denial),
        effect => panic!("{effect:?}"),
    }
}

/// Ends a job that has failed in its purpose.
fn fail(house: &mut House, ticket: Ticket, completion: Completion) {
    house.complete(ticket, completion);
    assert!(matches!(house.service.poll_effect(), Some(Effect::Answer { .. })));
}

fn taken() -> Completion {
    let taken = Taken { user_name: true, email: false };
    Completion::SignUpRefused { taken, no_such_invite: false }
}

fn wrong() -> Completion {
    Completion::PasswordChecked(PasswordVerdict::Wrong)
}

#[test]
fn who_guesses_is_slowed_and_nobody_else_is() {
    let mut house = House::new();
    let guesser = house.open_from(1);
    for _ in 0..5 {
        let ticket = attempt(&mut house, guesser, sign_in("sara")).unwrap();
        fail(&mut house, ticket, wrong());
    }
    let throttled = Denial::Throttled { retry_after_ms: 10_000 };
    assert_eq!(attempt(&mut house, guesser, sign_in("sara")), Err(throttled.clone()));
    // In any spelling, and from another connection of the same address.
    let beside = house.open_from(1);
    assert_eq!(attempt(&mut house, beside, sign_in("SARA")), Err(throttled));
    let (elsewhere, here) = (house.open_from(2), house.open_from(1));
    attempt(&mut house, elsewhere, sign_in("sara")).unwrap();
    attempt(&mut house, here, sign_in("mina")).unwrap();
    house.now.tick += Duration::from_secs(10);
    attempt(&mut house, guesser, sign_in("sara")).unwrap();
    assert!(attempt(&mut house, guesser, sign_in("sara")).is_err());
}

#[test]
fn the_right_password_costs_nothing() {
    let mut house = House::new();
    for number in 0..20 {
        let conn = house.open_from(1);
        let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
        house.complete(ticket, right_password(number));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Ok(opened()));
        house.expect_reply(asker, &signed_in(account("sara"), number));
    }
}

#[test]
fn an_attempt_that_was_not_made_does_not_count() {
    let ends: [fn() -> Completion; 3] =
        [|| Completion::Busy, || Completion::Failed, || Completion::StorageFailed];
    for end in ends {
        let mut house = House::new();
        let conn = house.open_from(1);
        for _ in 0..100 {
            for request in [sign_in("sara"), sign_up("sara")] {
                let ticket = attempt(&mut house, conn, request).unwrap();
                fail(&mut house, ticket, end());
            }
        }
        for _ in 0..1100 {
            let ticket = attempt(&mut house, conn, resume(1)).unwrap();
            fail(&mut house, ticket, end());
        }
    }
}

#[test]
fn an_attempt_counts_although_its_maker_left_before_the_end() {
    let mut house = House::new();
    for _ in 0..5 {
        let conn = house.open_from(1);
        let ticket = attempt(&mut house, conn, sign_in("sara")).unwrap();
        house.service.handle_closed(conn);
        house.complete(ticket, Completion::Abandoned);
        house.expect_nothing();
    }
    let conn = house.open_from(1);
    let refused = attempt(&mut house, conn, sign_in("sara"));
    assert!(matches!(refused, Err(Denial::Throttled { .. })), "{refused:?}");
}

#[test]
fn sign_ups_are_a_class_at_once_and_then_two_a_minute() {
    let mut house = House::new();
    let conn = house.open_from(1);
    for _ in 0..60 {
        let ticket = attempt(&mut house, conn, sign_up("sara")).unwrap();
        fail(&mut house, ticket, taken());
    }
    let throttled = Denial::Throttled { retry_after_ms: 30_000 };
    assert_eq!(attempt(&mut house, conn, sign_up("mina")), Err(throttled));
    let elsewhere = house.open_from(2);
    attempt(&mut house, elsewhere, sign_up("mina")).unwrap();
}

#[test]
fn tokens_of_no_session_are_slowed_and_good_ones_are_not() {
    let mut house = House::new();
    for _ in 0..1200 {
        let conn = house.member(1);
        house.service.handle_closed(conn);
    }
    let conn = house.open();
    for _ in 0..1000 {
        let ticket = attempt(&mut house, conn, resume(2)).unwrap();
        fail(&mut house, ticket, Completion::SessionFound(None));
    }
    let throttled = Denial::Throttled { retry_after_ms: 1000 };
    assert_eq!(attempt(&mut house, conn, resume(2)), Err(throttled));
}

#[test]
fn few_passwords_of_one_address_are_hashed_at_once_and_a_full_queue_costs_no_attempt() {
    let mut house = House::new();
    let conn = house.open_from(1);
    // As many names, so that only the hashes are counted.
    let name = |number: u32| {
        let user_name = format!("user{number}");
        Request::SignIn(SignIn {
            user_name,
            password: secret(PASSWORD),
            device: String::new(),
            device_proof: None,
        })
    };
    let mut waiting = Vec::new();
    let refused = (0..).find_map(|number| match attempt(&mut house, conn, name(number)) {
        Ok(ticket) => {
            waiting.push(ticket);
            None
        }
        Err(denial) => Some(denial),
    });
    assert_eq!((waiting.len(), refused), (6, Some(Denial::Busy { retry_after_ms: 2000 })));
    for number in 100..200 {
        let refused = attempt(&mut house, conn, name(number));
        assert_eq!(refused, Err(Denial::Busy { retry_after_ms: 2000 }));
    }
    // One hash that is done makes room for one.
    fail(&mut house, waiting[0], Completion::Busy);
    attempt(&mut house, conn, name(100)).unwrap();
    assert!(attempt(&mut house, conn, name(101)).is_err());
}
