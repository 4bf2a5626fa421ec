//! Descriptors run out: no spin, and the queue at the door is served once some are free.

use std::time::{Duration, Instant};

use parlour_common::message::{Denial, FetchTrack, Hello, Reply, Request, ServerMessage};

use super::super::real::{Client, Daemon, Member, Options, wav};
use super::{house, is_served};

const OPEN_FILES_MAX: usize = 256;

/// Fewer than the kernel lets wait at the door of a daemon.
const KNOCKING: usize = 100;
const CLIENTS: usize = 400;

/// Begins downloads on many connections, and reads none, until no file can be opened.
fn hold_files(daemon: &Daemon, first: &mut Client) -> Vec<Client> {
    let track = first.search("long").tracks.remove(0);
    let fetch = Request::FetchTrack(FetchTrack { track: track.id, offset: 0, length: None, version: None });
    // Everyone comes in before the first file is opened: the last descriptor must go to a file.
    let mut holders: Vec<Client> = (0..OPEN_FILES_MAX / 9).map(|_| daemon.client()).collect();
    for holder in &mut holders {
        holder.resume(first.token.clone().unwrap()).unwrap();
    }
    for holder in &mut holders {
        for _ in 0..8 {
            match holder.ask(fetch.clone()) {
                Ok(Reply::FileStart(_)) => {}
                Err(Denial::Busy { .. }) => return holders,
                other => panic!("{other:?}"),
            }
        }
    }
    panic!("{} descriptors are open and no limit is met", daemon.descriptors());
}

#[test]
fn out_of_descriptors_the_daemon_rests_and_serves_the_queue_afterwards() {
    let options = Options { open_files_max: Some(OPEN_FILES_MAX as u32), ..Default::default() };
    let files = [("zither.wav", &Member::song()[..]), ("long.wav", &wav(1, 20_000_000))];
    let daemon = Daemon::start_with_options(&files, &options);
    let mut first = daemon.member("sara");
    daemon.await_tracks(&mut first, 2);
    let holders = hold_files(&daemon, &mut first);
    assert!(daemon.descriptors() >= OPEN_FILES_MAX - 2, "{} descriptors", daemon.descriptors());
    let mut knocking: Vec<Client> = (0..KNOCKING).map(|_| Client::connect(daemon.address)).collect();
    for client in &mut knocking {
        client.send(Request::Hello(Hello { protocol: 1, client: "test".to_owned() }));
    }
    let share = daemon.processor_share(Duration::from_secs(2));
    println!("{KNOCKING} at the door and no descriptors: {share:.3} of a processor");
    // A loop that spins takes all of it; the retries, ten a second, take next to nothing.
    assert!(share < 0.2, "{share} of a processor");
    let complaints =
        daemon.log.lock().unwrap().iter().filter(|line| line.contains("no connection can be")).count();
    assert!((1..=3).contains(&complaints), "{complaints} lines of log say it");
    // Whoever is in is served all the while, but for files.
    is_served(&mut first);
    assert_eq!(first.search("long").total, 1);
    drop(holders);
    for client in &mut knocking {
        let welcome = client.message();
        assert!(
            matches!(welcome, Some(ServerMessage::Reply { reply: Reply::Welcome(_), .. })),
            "{welcome:?}"
        );
    }
    let track = first.search("zither").tracks.remove(0);
    assert!(first.fetch(&track, 0).unwrap().bytes == Member::song());
    daemon.end_well();
}

#[test]
fn four_hundred_clients_of_a_daemon_with_few_descriptors_all_hear_something() {
    let options = Options { open_files_max: Some(OPEN_FILES_MAX as u32), ..Default::default() };
    let (daemon, witness) = house(&options);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| Client::connect(daemon.address)).collect();
    for client in &mut clients {
        client.send(Request::Hello(Hello { protocol: 1, client: "test".to_owned() }));
    }
    for client in &mut clients {
        assert!(client.message().is_some(), "no answer to hello, and no farewell");
    }
    let share = daemon.processor_share(Duration::from_secs(1));
    println!("with as many as there is room for: {share:.3} of a processor, a member at work included");
    witness.end("few descriptors");
    daemon.end_well();
}

#[test]
fn the_queue_at_the_door_is_served_when_a_descriptor_is_free_though_nobody_stirs() {
    let options = Options { open_files_max: Some(OPEN_FILES_MAX as u32), ..Default::default() };
    let daemon = Daemon::start_with_options(&[("long.wav", &wav(1, 20_000_000))], &options);
    let mut first = daemon.member("sara");
    daemon.await_tracks(&mut first, 1);
    let mut holders = hold_files(&daemon, &mut first);
    let mut knocking: Vec<Client> = (0..4).map(|_| Client::connect(daemon.address)).collect();
    // Long enough for the daemon to have tried in vain, more than once.
    std::thread::sleep(Duration::from_millis(350));
    let began = Instant::now();
    holders.swap_remove(0);
    for client in &mut knocking {
        client.hello();
    }
    // Usual are some milliseconds. A daemon that waits for a wake-up serves them when a holder is ended, after 30 s.
    assert!(began.elapsed() < Duration::from_secs(10), "served after {:?}", began.elapsed());
    drop((holders, knocking, first));
    daemon.end_well();
}
