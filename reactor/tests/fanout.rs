//! A post to a room full of people: everyone hears it once and in one order, whoever does not read loses their own
//! connection and nothing else, and others go on to use the house meanwhile.

// A test may look at the clock, and fail by a panic.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

use std::time::{Duration, Instant};

use parlour_common::message::{
    ConversationId, Event, ListSeats, PostId, Reply, Request, Say, SayKey, SeatState, ServerMessage,
    decode_server_message,
};
use real::crowd::{self, Crowd};
use real::{Daemon, Member, Options, PATIENCE, folders};

/// Who has a seat. The first ones say something, the last one does not read.
const SEATS: usize = 500;
const SAYERS: usize = 14;
const DEAF: usize = SEATS - 1;

/// What each of them says: no more than a member may say at once. All of it is more than an outbox and two sockets hold.
const POSTS_EACH: usize = 50;
const TEXT_BYTES: usize = 2300;

/// Posts that are on their way at once: everyone who reads has room for them, however late the machine lets them.
const UNHEARD_MAX: usize = 5 * SAYERS;

/// How long the other one is counted while nobody says anything.
const QUIET_TIME: Duration = Duration::from_secs(1);

/// The least part of their quiet rounds that the other one does meanwhile, sharing two processors with 500 who listen
/// and with a daemon that was not made to be quick.
const SERVED_PART_MIN: f64 = 0.03;

const OPTIONS: Options = Options { config: "connections_max = 1000", open_files_max: None };

/// Starts a daemon in which there is a song, and so many members.
fn house() -> (Daemon, Crowd) {
    crowd::allow_open_files(2000).unwrap();
    let folder = folders(&OPTIONS);
    std::fs::write(folder.path().join("bank/zither.wav"), Member::song()).unwrap();
    let tokens = crowd::found(&folder.path().join("state"), SEATS);
    let daemon = Daemon::start_in(folder, &OPTIONS);
    let mut crowd = Crowd::new();
    crowd.enter(daemon.address, &tokens);
    (daemon, crowd)
}

fn say(crowd: &mut Crowd, sayer: usize, number: usize) {
    let mut key = [sayer as u8; 16];
    key[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let text = format!("{sayer} says no. {number} {}", ".".repeat(TEXT_BYTES));
    let (key, conversation) = (SayKey::new(key), ConversationId::ROOM);
    crowd.ask(sayer, Request::Say(Say { key, conversation, text, reply_to: None, card: None }));
}

#[test]
fn a_full_room_hears_everything_once_and_in_one_order_and_whoever_does_not_read_loses_only_themselves() {
    let (daemon, mut crowd) = house();
    let other = Member::begin(&daemon, "other");
    let (before, began) = (other.rounds(), Instant::now());
    std::thread::sleep(QUIET_TIME);
    let quiet = f64::from(other.rounds() - before) / began.elapsed().as_secs_f64();

    crowd.make_deaf(DEAF);
    let posts = SAYERS * POSTS_EACH;
    let (before, began) = (other.rounds(), Instant::now());
    // One log, written down by whoever hears something first, and how far each has heard it.
    let mut log: Vec<Vec<u8>> = Vec::new();
    let mut heard = [0; SEATS];
    for number in 0..POSTS_EACH {
        (0..SAYERS).for_each(|sayer| say(&mut crowd, sayer, number));
        let said = (number + 1) * SAYERS;
        let unheard = if said == posts { 0 } else { UNHEARD_MAX };
        while heard[..DEAF].iter().any(|heard| heard + unheard < said) {
            let least = heard[..DEAF].iter().min();
            assert!(began.elapsed() < PATIENCE, "{least:?} of {said} posts are everywhere");
            listen(&mut crowd, Duration::from_millis(100), &mut log, &mut heard);
        }
    }
    let meanwhile = f64::from(other.rounds() - before) / began.elapsed().as_secs_f64();
    println!("{posts} posts to {SEATS} seats; others did {:.2} of their rounds", meanwhile / quiet);
    assert!(meanwhile > quiet * SERVED_PART_MIN, "{meanwhile:.1} rounds a second of {quiet:.1}");
    other.end("beside a full room");

    check_log(&log);
    check_deaf(&daemon, &mut crowd);
    daemon.end_well();
}

/// Takes what has arrived: each seat must hear what the first one heard, in the same order.
fn listen(crowd: &mut Crowd, timeout: Duration, log: &mut Vec<Vec<u8>>, heard: &mut [usize; SEATS]) {
    crowd.listen(timeout, |listener, payload| {
        if !crowd::is_said(payload) {
            return;
        }
        let place = heard[listener];
        heard[listener] += 1;
        match log.get(place) {
            Some(first) => assert!(first == payload, "{listener} heard something else as no. {place}"),
            None => log.push(payload.to_vec()),
        }
    });
}

/// Everything that was said is there, in the order of its numbers, and each sayer's in the order of saying.
fn check_log(log: &[Vec<u8>]) {
    assert_eq!(log.len(), SAYERS * POSTS_EACH);
    let mut next = [0; SAYERS];
    for (place, payload) in log.iter().enumerate() {
        let message = decode_server_message(payload).unwrap();
        let Some(ServerMessage::Event(Event::Said(post))) = message else { panic!("{message:?}") };
        assert_eq!((post.post, post.revision.0), (PostId(place as u64 + 1), place as u64 + 1));
        let sayer: usize = post.text.split(' ').next().unwrap().parse().unwrap();
        assert!(post.text.starts_with(&format!("{sayer} says no. {} ", next[sayer])), "{}", &post.text[..20]);
        next[sayer] += 1;
    }
    assert_eq!(next, [POSTS_EACH; SAYERS]);
}

/// Whoever did not read has lost the connection, and the seat waits. Everyone else is where they were.
fn check_deaf(daemon: &Daemon, crowd: &mut Crowd) {
    let heard = crowd.read_to_the_end(DEAF);
    let posts = heard.iter().filter(|payload| crowd::is_said(payload)).count();
    assert!(posts < SAYERS * POSTS_EACH, "nothing was kept back");
    daemon.await_log(&format!("{} is away", crowd::name(DEAF)));
    assert!(
        crowd.listeners.iter().filter(|listener| listener.has_ended).count() == 1,
        "others were ended too"
    );
    let mut seats = Vec::new();
    for offset in [0, 200, 400] {
        let asked = crowd.ask(0, Request::ListSeats(ListSeats { offset, limit: 200 }));
        match crowd.answer(0, asked) {
            Ok(Reply::Seats(page)) => seats.extend(page.seats),
            other => panic!("{other:?} does not answer a list"),
        }
    }
    assert_eq!(seats.len(), SEATS);
    let away: Vec<_> = seats.iter().filter(|seat| seat.state == SeatState::Inactive).collect();
    assert_eq!(away.len(), 1);
    assert_eq!(away[0].user_name.as_str(), crowd::name(DEAF));
}
