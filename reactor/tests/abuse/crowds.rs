//! More people at the door than there are places.

use std::time::Duration;

use parlour_common::message::{ClosingReason, Reply, Request};

use super::super::real::{Client, Daemon, Options};
use super::{farewell, house, is_served};

fn places(config: &'static str) -> Options {
    Options { config, ..Default::default() }
}

/// Tells whether a client was told something, or its end, within a moment.
fn has_heard(client: &Client) -> bool {
    client.stream.set_nonblocking(true).unwrap();
    let heard =
        !matches!(client.stream.peek(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
    client.stream.set_nonblocking(false).unwrap();
    heard
}

#[test]
fn a_thousand_who_say_nothing_keep_no_one_out() {
    let (daemon, witness) = house(&places("connections_max = 200"));
    let mut member = daemon.member("sara");
    let before = daemon.memory_kib();
    let mut silent: Vec<Client> = Vec::new();
    for n in 0..1000 {
        silent.push(Client::connect(daemon.address));
        if n % 100 == 99 {
            // Whoever was in stays in, and someone new gets in, at any time.
            is_served(&mut member);
            let mut new = daemon.client();
            new.resume(member.token.clone().unwrap()).unwrap();
            assert_eq!(new.ask(Request::Goodbye {}), Ok(Reply::Done {}));
        }
    }
    let mut late = daemon.member("late");
    is_served(&mut late);
    // The oldest gave way, the newest are still there; no more of them than there were too many.
    assert_eq!(farewell(&mut silent[0]), ClosingReason::Full {});
    std::thread::sleep(Duration::from_millis(200));
    let gone = silent.iter().filter(|client| has_heard(client)).count();
    let newest = silent.iter().rev().take(100).filter(|client| has_heard(client)).count();
    let growth = daemon.memory_kib().saturating_sub(before);
    println!("{gone} of 1000 gave way; {growth} KiB more");
    assert_eq!(newest, 0, "the newest gave way");
    assert!((800..=820).contains(&gone), "{gone} of 1000 gave way at 200 places");
    assert!(growth < 8 * 1024, "{growth} KiB more");
    assert!(witness.end("a thousand silent ones") > 10);
    daemon.end_well();
}

#[test]
fn members_fill_the_house_and_whoever_waits_gets_in_when_one_leaves() {
    let (daemon, witness) = house(&places("connections_max = 20"));
    let mut members = vec![daemon.member("sara")];
    let token = members[0].token.clone().unwrap();
    for _ in 0..18 {
        let mut member = daemon.client();
        member.resume(token.clone()).unwrap();
        members.push(member);
    }
    // Its connection stands in the kernel's queue; hello waits there with it.
    let mut waiting = Client::connect(daemon.address);
    std::thread::sleep(Duration::from_millis(200));
    assert!(!has_heard(&waiting), "there was a place for one more than the house has");
    for member in &mut members {
        is_served(member);
    }
    members.truncate(15);
    waiting.hello();
    // Nobody else does anything meanwhile: the place that is free must not wait for someone to stir.
    is_served(&mut waiting);
    witness.end("a full house");
    daemon.end_well();
}

#[test]
fn a_free_place_is_given_at_once_though_nobody_stirs() {
    let options = places("connections_max = 2");
    let daemon = Daemon::start_in(super::super::real::folders(&options), &options);
    let first = daemon.member("sara");
    let mut second = daemon.client();
    second.resume(first.token.clone().unwrap()).unwrap();
    let mut waiting = Client::connect(daemon.address);
    std::thread::sleep(Duration::from_millis(200));
    assert!(!has_heard(&waiting));
    drop(first);
    waiting.hello();
    is_served(&mut waiting);
    is_served(&mut second);
    drop((waiting, second));
    daemon.end_well();
}

#[test]
fn whoever_signed_out_is_a_stranger_again_and_gives_way() {
    let options = places("connections_max = 10");
    let daemon = Daemon::start_in(super::super::real::folders(&options), &options);
    let mut leaver = daemon.member("sara");
    // The crowd that makes the daemon look for strangers while this one is signed in.
    let crowd: Vec<Client> = (0..40).map(|_| Client::connect(daemon.address)).collect();
    let _late = daemon.member("mina");
    assert_eq!(leaver.ask(Request::SignOut {}), Ok(Reply::Done {}));
    let _crowd: Vec<Client> = (0..40).map(|_| Client::connect(daemon.address)).collect();
    assert_eq!(farewell(&mut leaver), ClosingReason::Full {});
    drop(crowd);
    daemon.end_well();
}
