//! A flood of sign-ins with wrong passwords, and of requests for codes, from many addresses: it costs the
//! attackers time, the daemon the memory of one hash, and the others nothing but a little patience. Whoever
//! owns the account that is attacked comes in on a device that it knows, whatever the others do.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parlour_common::Secret;
use parlour_common::message::{
    CheckCode, Denial, DeviceProof, Reply, Request, RequestReset, ResetFlow, ResetPassword,
};
use real::{Client, Daemon, Member, Options, PASSWORD, PATIENCE};

const ADDRESSES: u8 = 16;
const CONNECTIONS_PER_ADDRESS: u8 = 8;

/// How long members are counted at a time, in quiet and in the flood.
const COUNTING_TIME: Duration = Duration::from_secs(3);

/// The least part of their quiet rounds that members do in the flood, which shares the processors with its own
/// attackers here, and with a hash that takes one of them.
const SERVED_PART_MIN: f64 = 0.1;

/// Codes are sent, to the log of the daemon.
const OPTIONS: Options = Options { config: "[mail]\ntransport = \"log\"", open_files_max: None };

/// What the attackers were told.
#[derive(Debug, Default)]
struct Told {
    wrong: AtomicU32,
    unknown: AtomicU32,
    throttled: AtomicU32,
    busy: AtomicU32,
    signed_up: AtomicU32,
    begun: AtomicU32,
    codes_refused: AtomicU32,
}

/// Tries passwords of the owner, names that nobody has, new accounts, and codes for forgotten passwords of all
/// of them, as fast as it is answered.
fn attack(daemon: &Daemon, address: u8, connection: u8, told: &Told, over: &AtomicBool) {
    let mut client = Client::connect_from([127, 1, address / 4, address], daemon.address);
    client.hello();
    let mut tried = 0;
    let mut flow = ResetFlow::new([address; 16]);
    while !over.load(Ordering::Relaxed) {
        tried += 1;
        let nobody = format!("nobody.{address}.{connection}.{tried}");
        let answer = match connection % 4 {
            0 => client.sign_in("owner", &format!("wrong password {tried}")).map(|_| None),
            1 => client.sign_in(&nobody, "wrong password").map(|_| None),
            2 => client.sign_up(&format!("flood.{address}.{connection}.{tried}")).map(|_| None),
            _ => client.ask(reset_request(tried, nobody, flow)).map(Some),
        };
        if let Ok(Some(Reply::ResetBegun(begun))) = &answer {
            flow = begun.flow;
        }
        let count = match answer {
            Ok(Some(Reply::ResetBegun(_))) => &told.begun,
            Ok(Some(other)) => panic!("{other:?}"),
            Ok(None) => &told.signed_up,
            Err(Denial::WrongPassword {}) => &told.wrong,
            Err(Denial::NotRegistered {}) => &told.unknown,
            Err(Denial::WrongCode { .. } | Denial::CodeVoid {}) => &told.codes_refused,
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

/// Asks for codes, guesses them, and would set passwords.
fn reset_request(tried: u32, nobody: String, flow: ResetFlow) -> Request {
    let password = Secret::new("a password to steal".to_owned());
    match tried % 5 {
        0 => Request::RequestReset(RequestReset { account: "owner@example.org".to_owned(), send: true }),
        1 => Request::RequestReset(RequestReset { account: nobody, send: true }),
        2 => Request::RequestReset(RequestReset { account: "owner".to_owned(), send: false }),
        3 => Request::CheckCode(CheckCode { flow, code: Secret::new(format!("{:05}", tried % 100_000)) }),
        _ => Request::ResetPassword(ResetPassword { flow, password }),
    }
}

/// Counts the rounds of members for a while.
fn count_rounds(members: &[Member]) -> u32 {
    let rounds = || members.iter().map(Member::rounds).sum::<u32>();
    let before = rounds();
    std::thread::sleep(COUNTING_TIME);
    rounds() - before
}

/// Signs in on a device that the account knows, from anywhere: it is never turned away.
fn sign_in_on_known_device(daemon: &Daemon, source: [u8; 4], proof: &Secret<DeviceProof>) -> Duration {
    let began = Instant::now();
    let mut client = Client::connect_from(source, daemon.address);
    client.hello();
    let signed_in = client.sign_in_with("owner", PASSWORD, Some(proof.clone()));
    assert!(signed_in.is_ok(), "the owner's own device is kept out: {signed_in:?}");
    began.elapsed()
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

/// Attacks the owner while members go on. Returns how many rounds they did meanwhile, in the time of counting.
fn flood(daemon: &Daemon, members: &[Member], owner: &Client, told: &Told) -> u32 {
    let token = owner.token.clone().expect("the owner is signed in");
    let proof = owner.device_proof.clone().expect("a sign-up brings a proof");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for address in 1..=ADDRESSES {
            for connection in 0..CONNECTIONS_PER_ADDRESS {
                let over = &over;
                scope.spawn(move || attack(daemon, address, connection, told, over));
            }
        }
        std::thread::sleep(Duration::from_secs(2));
        // Whoever was signed in is served, by all of the daemon but the thread that hashes.
        let rounds = count_rounds(members);
        // The owner's other device comes back with its token, and needs no hash.
        for _ in 0..20 {
            let mut device = Client::connect_from([127, 9, 9, 9], daemon.address);
            device.hello();
            device.resume(token.clone()).unwrap();
        }
        // The device that is known gets in at once, also from an address of the attackers.
        for source in [[127, 9, 9, 1], [127, 1, 0, 1], [127, 1, 1, 5]] {
            let waited = sign_in_on_known_device(daemon, source, &proof);
            println!("the owner got in on a known device after {waited:?}, from {source:?}");
        }
        // Another device gets in from another address, though the account itself is under attack.
        let (waited, refused) = sign_in_patiently(daemon, [127, 9, 9, 2]);
        println!("the owner got in after {waited:?}, {refused} times told to come back");
        over.store(true, Ordering::Relaxed);
        rounds
    })
}

#[test]
fn a_flood_of_passwords_and_codes_keeps_no_one_out_and_costs_one_hash_of_memory() {
    let daemon = Daemon::start_with_options(&[("zither.wav", &Member::song())], &OPTIONS);
    let owner = daemon.member("owner");
    let members = [Member::begin(&daemon, "first"), Member::begin(&daemon, "second")];
    let quiet = count_rounds(&members);
    let base = daemon.memory_kib_at_rest();
    daemon.reset_peak();
    let told = Told::default();
    let flooded = flood(&daemon, &members, &owner, &told);
    let peak = daemon.memory_kib_peak();
    println!(
        "{told:?}; {base} KiB before, {peak} KiB at most; {quiet} rounds in quiet, {flooded} in the flood"
    );
    // One hash is 32 MiB; the rest is for 128 connections, their accounts, and what the allocator keeps.
    assert!(peak < base + 64 * 1024, "{base} KiB before, {peak} KiB at most");
    assert!(
        f64::from(flooded) > f64::from(quiet) * SERVED_PART_MIN,
        "{quiet} in quiet, {flooded} in the flood"
    );
    let count = |count: &AtomicU32| count.load(Ordering::Relaxed);
    assert!(count(&told.busy) > 0, "the queue was never full: {told:?}");
    assert!(count(&told.wrong) <= u32::from(ADDRESSES) * 15, "guessing was hardly slowed: {told:?}");
    // Of one account three codes are sent in an hour, of one address ten in a day; those from an admin cost
    // nothing and are named, not sent.
    assert!(count(&told.begun) > 0 && count(&told.codes_refused) > 0, "nobody asked for codes: {told:?}");
    assert!(count(&told.codes_refused) <= u32::from(ADDRESSES) * 45, "guessing was hardly slowed: {told:?}");
    let sent = daemon.log.lock().unwrap().iter().filter(|line| line.contains("owner@example.org")).count();
    assert!(sent <= 3, "the owner was sent {sent} mails");
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
