//! Two who want the same at once: one gets it, every time.

use std::sync::Barrier;

use parlour_common::message::{Denial, Fault, Field, Role, UserFilter};

use super::super::real::{Client, Daemon, PASSWORD};
use super::house::{end_well, invalid, list_users, set_role, with_admin};

/// How often two race for a name, and for an address.
const ROUNDS: u8 = 20;

/// Lets two sign up at once, each under a name and an address, from addresses of their own so that no limit
/// stands between them. Returns what came of each.
fn race(daemon: &Daemon, round: u8, who: [(&str, &str); 2]) -> Vec<Result<(), Denial>> {
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let racers: Vec<_> = (1..)
            .zip(who)
            .map(|(n, (name, email))| {
                let mut client = Client::connect_from([127, 0, n, round + 1], daemon.address);
                client.hello();
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    client.sign_up_as(name, email, PASSWORD).map(drop)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

/// Fails unless one has won, and the other was told that this field is taken.
fn expect_one(round: u8, results: &[Result<(), Denial>], field: Field) -> usize {
    let lost = Err(invalid(field, Fault::Taken {}));
    match results {
        [Ok(()), other] if *other == lost => 0,
        [other, Ok(())] if *other == lost => 1,
        results => panic!("round {round}: {results:?}"),
    }
}

#[test]
fn of_two_who_want_one_username_one_gets_it_every_time() {
    let (daemon, mut anna) = with_admin("");
    let mut won = [0, 0];
    for round in 0..ROUNDS {
        // Two spellings of one name.
        let (one, other) = (format!("Racer{round}"), format!("rACER{round}"));
        let emails = [format!("one{round}@example.org"), format!("other{round}@example.org")];
        let results = race(&daemon, round, [(&one, &emails[0]), (&other, &emails[1])]);
        let winner = expect_one(round, &results, Field::UserName);
        won[winner] += 1;
        // The account is the winner's, and the address of the other is free.
        let there = list_users(&mut anna, UserFilter::All).unwrap();
        assert_eq!(there.total, u32::from(round) + 2);
        assert!(there.users.iter().any(|user| user.email.as_str() == emails[winner]));
        assert!(there.users.iter().all(|user| user.email.as_str() != emails[1 - winner]));
    }
    println!("of {ROUNDS} races for a username the first won {}, the other {}", won[0], won[1]);
    end_well(daemon);
}

#[test]
fn of_two_who_want_one_address_one_gets_it_every_time() {
    let (daemon, mut anna) = with_admin("");
    let mut won = [0, 0];
    for round in 0..ROUNDS {
        let names = [format!("one{round}"), format!("other{round}")];
        let (email, spelt) = (format!("racer{round}@example.org"), format!("Racer{round}@EXAMPLE.org"));
        let results = race(&daemon, round, [(&names[0], &email), (&names[1], &spelt)]);
        let winner = expect_one(round, &results, Field::Email);
        won[winner] += 1;
        let there = list_users(&mut anna, UserFilter::All).unwrap();
        assert_eq!(there.total, u32::from(round) + 2);
        assert!(there.users.iter().any(|user| user.user_name.as_str() == names[winner]));
        assert!(there.users.iter().all(|user| user.user_name.as_str() != names[1 - winner]));
    }
    println!("of {ROUNDS} races for an address the first won {}, the other {}", won[0], won[1]);
    end_well(daemon);
}

#[test]
fn of_two_admins_who_demote_each_other_one_stays() {
    let (daemon, mut anna) = with_admin("");
    let _mina = daemon.member("mina");
    set_role(&mut anna, "mina", Role::Admin).unwrap();
    let mut mina = daemon.client();
    mina.sign_in("mina", PASSWORD).unwrap();
    for round in 0..8 {
        let start = Barrier::new(2);
        let (of_anna, of_mina) = std::thread::scope(|scope| {
            let one = scope.spawn(|| {
                start.wait();
                set_role(&mut anna, "mina", Role::Member)
            });
            let other = scope.spawn(|| {
                start.wait();
                set_role(&mut mina, "anna", Role::Member)
            });
            (one.join().unwrap(), other.join().unwrap())
        });
        // Who lost the race is no admin any more, by whichever words it is told.
        let lost = |denied: &Denial| {
            matches!(denied, Denial::NotAllowed {} | Denial::SessionEnded {} | Denial::SignInFirst {})
        };
        let (winner, loser, loser_name) = match (&of_anna, &of_mina) {
            (Ok(_), Err(denied)) if lost(denied) => (&mut anna, &mut mina, "mina"),
            (Err(denied), Ok(_)) if lost(denied) => (&mut mina, &mut anna, "anna"),
            both => panic!("round {round}: {both:?}"),
        };
        assert_eq!(list_users(winner, UserFilter::Staff).unwrap().total, 1);
        set_role(winner, loser_name, Role::Admin).unwrap();
        loser.sign_in(loser_name, PASSWORD).unwrap();
    }
    end_well(daemon);
}
