//! Devices that an account knows: nobody who guesses keeps their owner out.

use std::time::Duration;

use parlour_common::Secret;
use parlour_common::limits::DEVICE_PROOF_BYTES;
use parlour_common::message::{Denial, DeviceProof, Request, SignIn};
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::id::{ConnId, Ticket};
use parlour_reactor::job::{Completion, PasswordVerdict};

use super::house::{
    House, PASSWORD, account, opened, proof, right_password, secret, sign_in, sign_up, signed_in,
};

fn from_device(name: &str, proof: Secret<DeviceProof>) -> Request {
    Request::SignIn(SignIn {
        user_name: name.to_owned(),
        password: secret(PASSWORD),
        device: "laptop".to_owned(),
        device_proof: Some(proof),
    })
}

/// Asks; returns the job's ticket, or the denial.
fn attempt(house: &mut House, conn: ConnId, request: Request) -> Result<Ticket, Denial> {
    let asker = house.ask(conn, request);
    match house.service.poll_effect() {
        Some(Effect::Run { ticket, .. }) => Ok(ticket),
        Some(Effect::Answer { to, answer: Answer::Denial(denial) }) if to == asker => Err(denial),
        effect => panic!("{effect:?}"),
    }
}

fn fail(house: &mut House, ticket: Ticket) {
    house.complete(ticket, Completion::PasswordChecked(PasswordVerdict::Wrong));
    assert!(matches!(house.service.poll_effect(), Some(Effect::Answer { .. })));
}

/// Signs in with the right password, to the end.
fn come_in(house: &mut House, request: Request) {
    let conn = house.open_from(1);
    let (asker, ticket, _) = house.ask_for_job(conn, request);
    house.complete(ticket, right_password(1));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(opened()));
    house.expect_reply(asker, &signed_in(account("sara"), 1));
    house.service.handle_closed(conn);
}

/// Guesses at one account until it is throttled.
fn guess(house: &mut House, conn: ConnId, request: impl Fn() -> Request) -> u32 {
    let mut guesses = 0;
    while let Ok(ticket) = attempt(house, conn, request()) {
        fail(house, ticket);
        guesses += 1;
    }
    guesses
}

#[test]
fn the_owner_comes_in_at_once_while_a_guesser_at_the_same_address_empties_every_bucket() {
    let mut house = House::new();
    let guesser = house.open_from(1);
    assert_eq!(guess(&mut house, guesser, || sign_in("sara")), 5);
    for name in 0.. {
        if guess(&mut house, guesser, || sign_in(&format!("user{name}"))) == 0 {
            break;
        }
    }
    // Made-up proofs, and the guesser's own of another account, are those of strangers.
    let made_up = || Secret::new(DeviceProof::new([7; DEVICE_PROOF_BYTES]));
    assert_eq!(guess(&mut house, guesser, || from_device("sara", made_up())), 0);
    assert_eq!(guess(&mut house, guesser, || from_device("sara", proof("mina"))), 0);
    let stranger = house.open_from(1);
    assert!(attempt(&mut house, stranger, sign_in("sara")).is_err());
    // And however often: what is right costs nothing.
    for _ in 0..50 {
        come_in(&mut house, from_device("SARA", proof("sara")));
    }
}

#[test]
fn the_queue_keeps_places_for_known_devices() {
    let mut house = House::new();
    // Passwords of strangers from everywhere fill their share of the queue, sign-ups among them.
    let mut waiting = 0;
    for address in 2..=255 {
        let conn = house.open_from(address);
        waiting += u32::from(attempt(&mut house, conn, sign_in("sara")).is_ok());
        waiting += u32::from(attempt(&mut house, conn, sign_up(&format!("user{address}"))).is_ok());
    }
    assert_eq!(waiting, 24);
    let stranger = house.open_from(1);
    let busy = Denial::Busy { retry_after_ms: 2000 };
    assert_eq!(attempt(&mut house, stranger, sign_in("mina")), Err(busy.clone()));
    come_in(&mut house, from_device("sara", proof("sara")));
    // Eight places there are, and no account takes all of them.
    let conn = house.open_from(1);
    let mut known = 0;
    for name in ["sara", "sara", "sara", "mina", "zara", "lena", "nora", "vera", "anna", "ella", "rosa"] {
        known += u32::from(attempt(&mut house, conn, from_device(name, proof(name))).is_ok());
    }
    assert_eq!(known, 8);
    assert_eq!(attempt(&mut house, conn, from_device("olga", proof("olga"))), Err(busy));
}

#[test]
fn a_stolen_device_is_no_better_place_to_guess_from() {
    let mut house = House::new();
    let thief = house.open_from(1);
    let request = || from_device("sara", proof("sara"));
    assert_eq!(guess(&mut house, thief, request), 5);
    let throttled = Denial::Throttled { retry_after_ms: 10_000 };
    assert_eq!(attempt(&mut house, thief, request()), Err(throttled));
    // As fast as it goes, thirty within the day; then the five of any stranger at that address.
    let mut guesses = 5;
    while guesses < 30 {
        house.now.tick += Duration::from_secs(10);
        guesses += guess(&mut house, thief, request);
    }
    assert_eq!(guesses, 35);
    assert!(attempt(&mut house, thief, sign_in("sara")).is_err());
}

#[test]
fn an_attempt_of_a_known_device_that_was_not_made_does_not_count() {
    for end in [|| Completion::Busy, || Completion::Failed, || Completion::StorageFailed] {
        let mut house = House::new();
        let conn = house.open_from(1);
        for _ in 0..50 {
            let ticket = attempt(&mut house, conn, from_device("sara", proof("sara"))).unwrap();
            house.complete(ticket, end());
            assert!(matches!(house.service.poll_effect(), Some(Effect::Answer { .. })));
        }
    }
}
