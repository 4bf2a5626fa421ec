//! A flood of sign-ins with wrong passwords, from several addresses: it costs the attackers time, the daemon
//! the memory of one hash, and the others nothing but a little patience.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parlour_common::message::Denial;
use real::{Client, Daemon, Member, PASSWORD, PATIENCE};

const ADDRESSES: u8 = 16;
const CONNECTIONS_PER_ADDRESS: u8 = 6;

/// How long the flood goes on after everyone was served.
const FLOOD_TIME: Duration = Duration::from_secs(3);

/// What the attackers were told.
#[derive(Debug, Default)]
struct Told {
    wrong: AtomicU32,
    unknown: AtomicU32,
    throttled: AtomicU32,
    busy: AtomicU32,
    signed_up: AtomicU32,
}

/// Tries passwords of the owner, names that nobody has, and new accounts, as fast as it is answered.
fn attack(daemon: &Daemon, address: u8, connection: u8, told: &Told, over: &AtomicBool) {
    let mut client = Client::connect_from([127, 1, 7, address], daemon.address);
    client.hello();
    let mut tried = 0;
    while !over.load(Ordering::Relaxed) {
        tried += 1;
        let answer = match connection % 3 {
            0 => client.sign_in("owner", &format!("wrong password {tried}")),
            1 => client.sign_in(&format!("nobody.{address}.{connection}.{tried}"), "wrong password"),
            _ => client.sign_up(&format!("flood.{address}.{connection}.{tried}")),
        };
        let count = match answer {
            Ok(_) => &told.signed_up,
            Err(Denial::WrongPassword {}) => &told.wrong,
            Err(Denial::NotRegistered {}) => &told.unknown,
            Err(Denial::Throttled { .. }) => &told.throttled,
            Err(Denial::Busy { .. }) => &told.busy,
            Err(Denial::SignedInAlready {}) => break,
            Err(other) => panic!("{other:?}"),
        };
        count.fetch_add(1, Ordering::Relaxed);
        // It does not wait as long as it was told to, but it must not be the test that takes the processor.
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Signs in as a person would: asks again when it is told that there is too much to do.
fn sign_in_patiently(daemon: &Daemon, source: [u8; 4]) -> (Duration, u32) {
    let (began, mut refused) = (Instant::now(), 0);
    loop {
        let mut client = Client::connect_from(source, daemon.address);
        client.hello();
        match client.sign_in("owner", PASSWORD) {
            Ok(_) => return (began.elapsed(), refused),
            Err(Denial::Busy { retry_after_ms }) => {
                refused += 1;
                assert!(began.elapsed() < PATIENCE, "the owner is kept out");
                std::thread::sleep(Duration::from_millis(u64::from(retry_after_ms)));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_flood_of_wrong_passwords_keeps_no_one_out_and_costs_one_hash_of_memory() {
    let daemon = Daemon::start_with(&[("zither.wav", &Member::song())]);
    let owner = daemon.member("owner");
    let token = owner.token.clone().unwrap();
    let members = [Member::begin(&daemon, "first"), Member::begin(&daemon, "second")];
    let base = daemon.memory_kib_at_rest();
    daemon.reset_peak();
    let (told, over) = (Told::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for address in 1..=ADDRESSES {
            for connection in 0..CONNECTIONS_PER_ADDRESS {
                let (daemon, told, over) = (&daemon, &told, &over);
                scope.spawn(move || attack(daemon, address, connection, told, over));
            }
        }
        std::thread::sleep(Duration::from_secs(2));
        // Whoever was signed in is served, by all of the daemon but the thread that hashes.
        members.iter().for_each(|member| member.await_rounds(50));
        // The owner's other device comes back with its token, and needs no hash.
        for _ in 0..20 {
            let mut device = Client::connect_from([127, 9, 9, 9], daemon.address);
            device.hello();
            device.resume(token.clone()).unwrap();
        }
        // The owner gets in from another address, though the account itself is under attack.
        for n in 0..2 {
            let (waited, refused) = sign_in_patiently(&daemon, [127, 9, 9, n + 1]);
            println!("the owner got in after {waited:?}, {refused} times told to come back");
        }
        std::thread::sleep(FLOOD_TIME);
        over.store(true, Ordering::Relaxed);
    });
    let peak = daemon.memory_kib_peak();
    println!("{told:?}; {base} KiB before, {peak} KiB at most");
    // One hash is 32 MiB; the rest is for 96 connections, their accounts, and what the allocator keeps.
    assert!(peak < base + 64 * 1024, "{base} KiB before, {peak} KiB at most");
    let count = |count: &AtomicU32| count.load(Ordering::Relaxed);
    assert!(count(&told.busy) > 0, "the queue was never full: {told:?}");
    assert!(count(&told.wrong) <= u32::from(ADDRESSES) * 15, "guessing was hardly slowed: {told:?}");
    // One guesser alone meets the throttle, not the queue.
    let mut guesser = Client::connect_from([127, 1, 8, 1], daemon.address);
    guesser.hello();
    let slowed =
        (1..=10).find(|_| matches!(guesser.sign_in("owner", "a guess"), Err(Denial::Throttled { .. })));
    assert!(slowed.is_some_and(|tries| tries > 5), "slowed at try {slowed:?}");
    for member in members {
        assert!(member.end("a flood of sign-ins") > 100);
    }
    drop((owner, guesser));
    daemon.end_well();
}
